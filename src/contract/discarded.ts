import { z } from 'zod'
import { consistencies } from '../inventory/checkpoint.ts'
import { confirmGuards } from './checkpoint.ts'

/** What an apply discarded, as long as it can be brought back. */
export const discardedViewSchema = z.object({
  id: z.string(),
  vmId: z.string(),
  /** The checkpoint that it hangs under. */
  parentId: z.string().nullable(),
  name: z.string(),
  /** Name of the checkpoint that was applied. */
  applied: z.string(),
  /** `undo`: discarded by bringing another one back. */
  cause: z.enum(['apply', 'undo']),
  discardedAt: z.string(),
  expiresAt: z.string(),
  /** Of the VM when it was discarded. */
  powerState: z.enum(['off', 'running', 'paused']),
  /** `exact-memory`: bringing it back resumes that instant; else it boots from its disks, which are as consistent as this says. */
  consistency: z.enum(consistencies),
  /** Allocated by what nothing else needs. */
  diskBytes: z.int().nullable(),
  memoryBytes: z.int().nullable(),
})
export type DiscardedView = z.infer<typeof discardedViewSchema>

export const undoApplySchema = z.strictObject({
  /** A discarded state; null for the newest that an apply discarded. */
  stateId: z.string().nullable().default(null),
  /** Without it the call is refused with `confirmation_required`: the current state makes room. */
  confirm: z.boolean().default(false),
  confirmGuards,
})
export type UndoApply = z.infer<typeof undoApplySchema>
