import type { VmId } from '../core/ids.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import { findCheckpoint, subtreeOf, withoutCheckpoints } from '../inventory/tree.ts'
import type { Machines } from '../machine/machines.ts'
import { sweepOrLater } from './sweep.ts'

/**
 * Removes a checkpoint, or it and all below. Nothing is copied: layers that nothing stands on are
 * unlinked now, the others are merged later where one child needs them. Runs inside the VM's turn.
 * Returns what was removed.
 */
export async function deleteCheckpoints(
  machines: Machines,
  vmId: VmId,
  checkpoint: Checkpoint,
  options: { subtree: boolean },
): Promise<Checkpoint[]> {
  const { inventory } = machines.deps
  const document = inventory.get(vmId)
  const present = findCheckpoint(document, checkpoint.id)
  const removed = options.subtree ? subtreeOf(document, present.id) : [present]
  await inventory.change(vmId, (present) => withoutCheckpoints(present, removed))
  await sweepOrLater(machines, vmId)
  return removed
}
