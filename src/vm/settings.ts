import { z } from 'zod'
import { checkpointPolicies, limits } from './config.ts'
import { guardActions, guards } from './guards.ts'

const range = (bounds: { min: number; max: number }) => z.int().min(bounds.min).max(bounds.max)

/** A span of the day on the host's clock, as `22:00-06:00`; it may reach over midnight. */
export const daySpanPattern = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/

/** What belongs to the VM whatever is applied. */
export const settingsSchema = z.strictObject({
  checkpointPolicy: z.enum(checkpointPolicies),
  /** Set the guest's clock through the agent after a standard checkpoint was applied. */
  syncClockAfterApply: z.boolean(),
  /** The longest time that a guest may stay frozen, in ms. */
  freezeBudgetMs: range(limits.freezeBudgetMs),
  /** Take one at each start if the VM has no other checkpoint, and remove it on a clean stop. */
  automaticCheckpoints: z.boolean(),
  /** Folder for differencing disks, memory images and vTPM states, absolute; null: the VM's own folder. */
  checkpointLocation: z.string().startsWith('/').nullable(),
  /** How long what an apply discards can be brought back; 0: not at all. */
  undoHours: range(limits.undoHours),
  /** More checkpoints than that are refused; null: any number. */
  maxCheckpoints: range(limits.maxCheckpoints).nullable(),
  /** New checkpoints expire after so many days; null: never. */
  maxCheckpointAgeDays: range(limits.maxCheckpointAgeDays).nullable(),
  /** No checkpoint is created once all of the VM's occupy so much; null: any size. */
  maxCheckpointBytes: range(limits.maxCheckpointBytes).nullable(),
  /** For merges in the background; null: as fast as they can. */
  mergeBandwidthMiBps: range(limits.mergeBandwidthMiBps).nullable(),
  /** When merges may begin; null: at any time. */
  mergeQuietHours: z.string().regex(daySpanPattern, 'write it as 22:00-06:00').nullable(),
  /** What to do about a risk that was found; the guard's own default where nothing is said. */
  guards: z.partialRecord(z.enum(guards), z.enum(guardActions)),
})
export type Settings = Readonly<z.infer<typeof settingsSchema>>

export const defaultSettings: Settings = {
  checkpointPolicy: 'Production',
  syncClockAfterApply: true,
  freezeBudgetMs: 2000,
  automaticCheckpoints: false,
  checkpointLocation: null,
  undoHours: 24,
  maxCheckpoints: null,
  maxCheckpointAgeDays: null,
  maxCheckpointBytes: null,
  mergeBandwidthMiBps: null,
  mergeQuietHours: null,
  guards: {},
}
