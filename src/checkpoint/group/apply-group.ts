import { StillpointError } from '../../core/error.ts'
import type { VmId } from '../../core/ids.ts'
import type { Progress } from '../../core/progress.ts'
import type { Checkpoint, GuardDecision } from '../../inventory/checkpoint.ts'
import type { Machines } from '../../machine/machines.ts'
import { type Applied, applyCheckpoint } from '../apply/apply.ts'
import { Rendezvous } from './rendezvous.ts'
import { sharedProgress } from './shared-progress.ts'

export interface SetToApply {
  readonly groupName: string
  readonly setName: string
  /** In the order in which the VMs go on. */
  readonly members: readonly {
    readonly vmId: VmId
    readonly checkpoint: Checkpoint
    /** What was decided about the risks that were found. */
    readonly guards?: readonly GuardDecision[]
  }[]
  /** Keep what is discarded; needless when checkpoints hold it already. */
  readonly keep: boolean
}

/**
 * Puts several VMs back to their checkpoints of one instant, or none of them. Runs inside the turns of all.
 *
 *   all checked ─ all old guests paused ─ all loaded, standing still ─ [recorded, in one transaction] ─ one after the other goes on
 *   └──────────────────── on any error: back, and all old guests go on ────┘
 *
 * No old guest runs any more when the first of the new ones does: it could send it what it cannot know yet. After
 * a crash either all are put back or none is. Errors: as of `applyCheckpoint`, with the name of the VM that failed.
 */
export async function applyGroup(
  machines: Machines,
  { groupName, setName, members, keep }: SetToApply,
  progress: Progress,
  signal: AbortSignal,
): Promise<(Applied & { readonly vmId: VmId })[]> {
  const { inventory, clock } = machines.deps
  for (const { vmId } of members) await machines.require(vmId, 'apply')
  const rendezvous = new Rendezvous(
    members.map(({ vmId }) => vmId),
    { inventory, clock, freezeBudgetMs: 0, standStillLimitMs: Number.POSITIVE_INFINITY },
  )
  const progresses = sharedProgress(
    progress,
    members.map(({ vmId }) => inventory.get(vmId).name),
  )
  const results = await Promise.allSettled(
    members.map(({ vmId, checkpoint, guards }, index) =>
      rendezvous.run(vmId, async (together) => {
        const both = AbortSignal.any([signal, together.signal])
        const own = progresses[index] ?? progress
        const options = { keep, guards: guards ?? [], together }
        return { vmId, ...(await applyCheckpoint(machines, vmId, checkpoint, options, own, both)) }
      }),
    ),
  )
  const { failed, recorded } = rendezvous
  const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (!failed) return done
  for (const { oldGuest } of done) await oldGuest?.instance.kill()
  const { vmId, error } = failed
  if (!(error instanceof StillpointError) || error.code === 'cancelled') throw error
  const outcome = recorded
    ? `Group "${groupName}" was put back to "${setName}", but not all of its VMs go on yet; that is tried again.`
    : `Group "${groupName}" was not put back to "${setName}": all of its VMs are as they were.`
  const where = vmId === null ? '' : ` VM "${inventory.get(vmId).name}":`
  throw new StillpointError(error.code, `${outcome}${where} ${error.message}`, {
    details: { vmId },
    cause: error,
  })
}
