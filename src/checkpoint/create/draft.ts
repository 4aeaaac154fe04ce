import type { CheckpointId, VmId } from '../../core/ids.ts'
import type { Progress } from '../../core/progress.ts'
import type { GroupMembership, GuardDecision } from '../../inventory/checkpoint.ts'
import type { Machines } from '../../machine/machines.ts'
import type { CheckpointPolicy } from '../../vm/config.ts'
import type { Member } from '../group/rendezvous.ts'

/** What the ways of making a checkpoint have in common. */
export interface Draft {
  readonly machines: Machines
  readonly vmId: VmId
  readonly checkpointId: CheckpointId
  readonly name: string
  readonly notes: string
  /** As it was when the kind was chosen: settings may change meanwhile. */
  readonly policy: CheckpointPolicy
  readonly fallbackReason: string | null
  readonly automatic: boolean
  readonly expiresAt: string | null
  readonly group: GroupMembership | null
  readonly guards: readonly GuardDecision[]
  /** Where it waits for the other VMs of its group; null when it is made alone. */
  readonly together: Member | null
  readonly progress: Progress
  readonly signal: AbortSignal
}
