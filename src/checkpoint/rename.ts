import { StillpointError } from '../core/error.ts'
import type { CheckpointId, VmId } from '../core/ids.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import { findCheckpoint } from '../inventory/tree.ts'
import type { Machines } from '../machine/machines.ts'
import { limits } from '../vm/config.ts'
import { checkedName, sameName } from '../vm/name.ts'
import { requireFuture } from './hygiene/expiry.ts'

/** Gives a checkpoint another name, other notes or another date of expiry. Errors: `invalid_name`, `name_taken`, `invalid_request`. */
export async function changeCheckpoint(
  machines: Machines,
  vmId: VmId,
  checkpointId: CheckpointId,
  change: {
    name?: string | undefined
    notes?: string | undefined
    /** UTC, ISO 8601; null: kept. */
    expiresAt?: string | null | undefined
  },
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
  const { expiresAt = present.expiresAt } = change
  if (change.expiresAt) requireFuture(change.expiresAt, machines.deps.clock.now())
  const next: Checkpoint = { ...present, name, notes: change.notes ?? present.notes, expiresAt }
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
