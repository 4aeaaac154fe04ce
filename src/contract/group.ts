import { z } from 'zod'
import { limits } from '../vm/config.ts'
import { applyResultSchema, checkpointViewSchema, confirmGuards } from './checkpoint.ts'

/** Names, patterns (`web*`) or ids of VMs, in the order in which they go on after an apply. */
const vmsSchema = z.array(z.string()).max(limits.groupMembers.max)

export const createGroupSchema = z.strictObject({ name: z.string(), vms: vmsSchema.min(1) })
export type CreateGroup = z.infer<typeof createGroupSchema>

export const updateGroupSchema = z.strictObject({
  name: z.string().optional(),
  /** Put behind the others. */
  add: vmsSchema.optional(),
  /** Taken out; their checkpoints stay. */
  remove: vmsSchema.optional(),
  /** These first, the others behind them. */
  order: vmsSchema.optional(),
})
export type UpdateGroup = z.infer<typeof updateGroupSchema>

export const createGroupCheckpointSchema = z.strictObject({
  /** Default: `<group> - (11/20/2026 - 8:17:35 AM)`. */
  name: z.string().optional(),
  notes: z.string().max(limits.notesLength.max).default(''),
  confirmGuards,
})
export type CreateGroupCheckpoint = z.infer<typeof createGroupCheckpointSchema>

export const applyGroupSchema = z.strictObject({
  /** Create a checkpoint of the group's current state before it is discarded. */
  checkpointFirst: z.boolean().default(false),
  /** Without it the call is refused with `confirmation_required`: the current state is discarded. */
  confirm: z.boolean().default(false),
  confirmGuards,
  /** Leave VMs alone that have no checkpoint of this instant; refused with `group_incomplete` otherwise. */
  partial: z.boolean().default(false),
  /** VMs that go on first, in this order; the others follow in the order of the group. */
  order: vmsSchema.default([]),
})
export type ApplyGroup = z.infer<typeof applyGroupSchema>

const vmNameSchema = z.object({ vmId: z.string(), vmName: z.string() })

export const groupViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  /** In the order in which they go on after an apply. */
  members: z.array(vmNameSchema.extend({ state: z.string() })),
  checkpointCount: z.int(),
})
export type GroupView = z.infer<typeof groupViewSchema>

/** Checkpoints of the VMs of a group at one instant. */
export const groupCheckpointViewSchema = z.object({
  setId: z.string(),
  groupId: z.string(),
  groupName: z.string(),
  name: z.string(),
  notes: z.string(),
  createdAt: z.string(),
  checkpoints: z.array(vmNameSchema.extend({ checkpoint: checkpointViewSchema })),
  /** VMs of the group without a checkpoint of this instant: it was deleted, or they joined later. */
  missing: z.array(vmNameSchema),
})
export type GroupCheckpointView = z.infer<typeof groupCheckpointViewSchema>

export const groupCheckpointResultSchema = z.object({
  checkpoint: groupCheckpointViewSchema,
  /** From the first guest being frozen or stopped to the last one going on; null when none ran. */
  spanMs: z.number().nullable(),
})
export type GroupCheckpointResult = z.infer<typeof groupCheckpointResultSchema>

export const groupApplyResultSchema = z.object({
  checkpoint: groupCheckpointViewSchema,
  /** The one that was created first; null when none was asked for. */
  created: groupCheckpointViewSchema.nullable(),
  /** In the order in which they went on. */
  applied: z.array(
    vmNameSchema.extend(
      applyResultSchema.pick({ state: true, outageMs: true, clock: true, memory: true }).shape,
    ),
  ),
})
export type GroupApplyResult = z.infer<typeof groupApplyResultSchema>

export const groupDeleteResultSchema = z.object({
  deleted: z.array(vmNameSchema.extend({ checkpointId: z.string() })),
})
export type GroupDeleteResult = z.infer<typeof groupDeleteResultSchema>
