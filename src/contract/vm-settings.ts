import { z } from 'zod'
import { settingsSchema } from '../vm/settings.ts'
import { tagsSchema } from './vm.ts'

const most = 100_000

/** Which VMs are meant; names and tags together narrow each other. */
export const selectionSchema = z.strictObject({
  /** All; nothing else is given then. */
  all: z.boolean().optional(),
  /** Names, patterns (`web*`, `db0?`, `db0[1-3]`) or ids. */
  names: z.array(z.string()).max(most).optional(),
  /** VMs with one of them. */
  tags: z.array(z.string()).max(most).optional(),
})

export type Selection = z.infer<typeof selectionSchema>

/** One change for many VMs: all of them or, when one cannot be changed, none. */
export const changeVmsSchema = z.strictObject({
  select: selectionSchema,
  settings: settingsSchema.partial().default({}),
  /** In place of those that a VM has. */
  tags: tagsSchema.optional(),
  addTags: tagsSchema.default([]),
  removeTags: tagsSchema.default([]),
})
export type ChangeVms = z.infer<typeof changeVmsSchema>

const vmNameSchema = z.object({ id: z.string(), name: z.string() })

export const changeVmsResultSchema = z.object({
  changed: z.array(vmNameSchema),
  /** Those that were so already. */
  unchanged: z.array(vmNameSchema),
})
export type ChangeVmsResult = z.infer<typeof changeVmsResultSchema>

/** What is set for a VM, without a look at its files. */
export const vmSettingsSchema = vmNameSchema.extend({
  tags: z.array(z.string()).readonly(),
  settings: settingsSchema,
})
export type VmSettings = z.infer<typeof vmSettingsSchema>
