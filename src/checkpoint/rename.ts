import { StillpointError } from '../core/error.ts'
import type { CheckpointId, VmId } from '../core/ids.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import { findCheckpoint } from '../inventory/tree.ts'
import type { Machines } from '../machine/machines.ts'
import { limits } from '../vm/config.ts'
import { checkedName, sameName } from '../vm/name.ts'

/** Gives a checkpoint another name or other notes. Errors: `invalid_name`, `name_taken`. */
export async function changeCheckpoint(
  machines: Machines,
  vmId: VmId,
  checkpointId: CheckpointId,
  change: { name?: string | undefined; notes?: string | undefined },
): Promise<Checkpoint> {
  const { inventory } = machines.deps
  const document = inventory.get(vmId)
  const present = findCheckpoint(document, checkpointId)
  const name = change.name === undefined ? present.name : checkedName('checkpoint', change.name)
  if ((change.notes ?? '').length > limits.notesLength.max) {
    throw new StillpointError(
      'invalid_request',
      `Notes can have ${limits.notesLength.max} characters at most.`,
    )
  }
  requireFreeCheckpointName(document.checkpoints, name, document.name, checkpointId)
  const next: Checkpoint = { ...present, name, notes: change.notes ?? present.notes }
  await inventory.change(vmId, (current) => ({
    ...current,
    checkpoints: current.checkpoints.map((checkpoint) => (checkpoint.id === next.id ? next : checkpoint)),
  }))
  return next
}

/** Error: `name_taken`. */
export function requireFreeCheckpointName(
  checkpoints: readonly Checkpoint[],
  name: string,
  vmName: string,
  except?: CheckpointId,
): void {
  const taken = checkpoints.find((checkpoint) => sameName(checkpoint.name, name) && checkpoint.id !== except)
  if (taken)
    throw new StillpointError('name_taken', `VM "${vmName}" has a checkpoint named "${taken.name}" already.`)
}
