import type { CheckpointId, VmId } from '../core/ids.ts'
import type { Progress } from '../core/progress.ts'
import type { Machines } from '../machine/machines.ts'

/** What the ways of making a checkpoint have in common. */
export interface Draft {
  readonly machines: Machines
  readonly vmId: VmId
  readonly checkpointId: CheckpointId
  readonly name: string
  readonly notes: string
  readonly fallbackReason: string | null
  readonly progress: Progress
  readonly signal: AbortSignal
}
