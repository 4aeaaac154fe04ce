import { z } from 'zod'
import { checkpointRecordSchema, groupMembershipSchema } from '../inventory/checkpoint.ts'
import { checkpointKinds, limits } from '../vm/config.ts'

/** ISO 8601 with an offset or `Z`. */
const expiryTime = z.iso.datetime({ offset: true }).nullable()

/** Without it the call is refused with `guard_confirmation_required` where a risk has to be confirmed. */
export const confirmGuards = z.boolean().optional()

export const createCheckpointSchema = z.strictObject({
  /** Default: `<vm> - (11/20/2026 - 8:17:35 AM)`. */
  name: z.string().optional(),
  notes: z.string().max(limits.notesLength.max).default(''),
  confirmGuards,
  /** Deleted in the background after that; null: kept; absent: what the VM's settings say. */
  expiresAt: expiryTime.optional(),
})
export type CreateCheckpoint = z.infer<typeof createCheckpointSchema>

export const renameCheckpointSchema = z.strictObject({
  name: z.string().optional(),
  notes: z.string().max(limits.notesLength.max).optional(),
  expiresAt: expiryTime.optional(),
})
export type ChangeCheckpoint = z.infer<typeof renameCheckpointSchema>

export const applyCheckpointSchema = z.strictObject({
  /** Create a checkpoint of the current state before it is discarded. */
  checkpointFirst: z.boolean().default(false),
  /** Without it the call is refused with `confirmation_required`: the current state is discarded. */
  confirm: z.boolean().default(false),
  confirmGuards,
})
export type ApplyCheckpoint = z.infer<typeof applyCheckpointSchema>

export const checkpointViewSchema = z.object({
  id: z.string(),
  vmId: z.string(),
  parentId: z.string().nullable(),
  name: z.string(),
  notes: z.string(),
  kind: z.enum(checkpointKinds),
  createdAt: z.string(),
  /** Now hangs under it. */
  isNowParent: z.boolean(),
  memoryMiB: z.int(),
  cpus: z.int(),
  /** Ids of its disks: an apply brings back these, and no others. */
  disks: z.array(z.string()),
  /** Allocated by the layers that hold what changed between this checkpoint's parent and it. */
  diskBytes: z.int().nullable(),
  memoryBytes: z.int().nullable(),
  /** Made at the start of the VM; it goes with the next clean stop. */
  automatic: z.boolean(),
  /** Deleted in the background after that; null: kept. */
  expiresAt: z.string().nullable(),
  /** The set of checkpoints of one instant that it belongs to. */
  group: groupMembershipSchema.nullable(),
  record: checkpointRecordSchema,
})
export type CheckpointView = z.infer<typeof checkpointViewSchema>

export const applyResultSchema = z.object({
  /** The checkpoint that was applied, or what an undo brought back. */
  checkpoint: checkpointViewSchema,
  /** The one that was created first; null when none was asked for. */
  created: checkpointViewSchema.nullable(),
  /** `paused` only when what was brought back had been paused. */
  state: z.enum(['off', 'running', 'paused']),
  /** From the pause of the old state (or the call, when the VM was off) to the guest running; null when off. */
  outageMs: z.number().nullable(),
  /** `set`, `off` (the setting), or why the guest's clock could not be set; null when the VM is off. */
  clock: z.string().nullable(),
  /** `lazy`: the guest runs, and its memory follows; `eager`: all of it was loaded first, and why. Null when off. */
  memory: z.object({ mode: z.enum(['lazy', 'eager']), reason: z.string().nullable() }).nullable(),
  /** What was discarded can be brought back until then; null when it is not kept. */
  undo: z.object({ stateId: z.string(), expiresAt: z.string() }).nullable(),
})
export type ApplyResult = z.infer<typeof applyResultSchema>

export const deleteResultSchema = z.object({
  deleted: z.array(z.object({ id: z.string(), name: z.string() })),
  /** The background task that merges what is left; null when nothing has to be merged, or not now. */
  mergeTaskId: z.string().nullable(),
})
export type DeleteResult = z.infer<typeof deleteResultSchema>
