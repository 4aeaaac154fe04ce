import type { CheckpointId, VmId } from '../../core/ids.ts'
import type { Progress } from '../../core/progress.ts'
import type { GuardDecision } from '../../inventory/checkpoint.ts'
import { expiredDiscarded, findDiscarded, withoutDiscarded } from '../../inventory/discarded.ts'
import type { DiscardedState } from '../../inventory/document.ts'
import type { Machines } from '../../machine/machines.ts'
import { sweepOrLater } from '../sweep.ts'
import { type Applied, putInto } from './apply.ts'

/**
 * Brings back what an apply discarded: the exact instant where its memory was kept, else its disks, with the VM
 * off. What the VM held until now is kept in turn. Runs inside the VM's turn.
 * Errors: `nothing_to_undo`; those of `putInto`.
 */
export async function undoApply(
  machines: Machines,
  vmId: VmId,
  stateId: CheckpointId | null,
  guards: readonly GuardDecision[],
  progress: Progress,
  signal: AbortSignal,
): Promise<{ undone: DiscardedState; applied: Applied }> {
  const undone = findDiscarded(machines.deps.inventory.get(vmId), stateId)
  const target = {
    state: undone.state,
    nowParentId: undone.state.parentId,
    applied: undone.applied,
    undoes: undone.state.id,
    keep: true,
    resume: undone.powerState === 'running',
    guards,
    together: null,
  }
  return { undone, applied: await putInto(machines, vmId, target, progress, signal) }
}

/** Frees discarded states; an undo to them is not possible any more. Runs inside the VM's turn. */
export async function forgetDiscarded(
  machines: Machines,
  vmId: VmId,
  ids: readonly CheckpointId[],
): Promise<void> {
  await machines.deps.inventory.change(vmId, (present) => withoutDiscarded(present, ids))
  await sweepOrLater(machines, vmId)
}

/** Frees what has expired by now. Takes the VM's turn only when something has; true when it had. */
export async function forgetExpired(machines: Machines, vmId: VmId, signal: AbortSignal): Promise<boolean> {
  const { inventory, clock, log } = machines.deps
  const expired = () => (inventory.has(vmId) ? expiredDiscarded(inventory.get(vmId), clock.now()) : [])
  if (expired().length === 0) return false
  return await machines.turn(vmId, signal, async () => {
    const ids = expired()
    await forgetDiscarded(machines, vmId, ids)
    log.info({ vmId, states: ids }, 'discarded states have expired')
    return ids.length > 0
  })
}
