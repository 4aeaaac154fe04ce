import { messageOf } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import { type Progress, partOf } from '../core/progress.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import type { Machines } from '../machine/machines.ts'
import { startVm } from '../machine/power.ts'
import { automaticCheckpointName } from '../vm/name.ts'
import { createCheckpoint } from './create/create.ts'
import { deleteCheckpoints } from './delete.ts'

/**
 * Starts the VM from its disks. With the setting `automaticCheckpoints` a checkpoint is taken before, while it is still
 * off, which costs nothing and is consistent: unless it has checkpoints already, an automatic one that outlived a crash
 * among them, or its policy is `Disabled`. It goes with the guest's next clean end, in the same change of the record
 * (`Machines`). When it cannot be taken, the VM starts all the same, with a notice.
 *
 * Checkpoint and start are one turn: nothing comes between them. When the start fails, the checkpoint is removed; a
 * daemon that is killed between the two leaves it, which costs nothing either.
 * Errors: those of `startVm`; `cancelled`.
 */
export async function startWithAutomatic(
  machines: Machines,
  vmId: VmId,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let taken: Checkpoint | null = null
  await startVm(machines, vmId, signal, {
    async take() {
      taken = await takeAutomatic(machines, vmId, partOf(progress, 0, 30), signal)
    },
    async takeBack() {
      if (taken) await takeBack(machines, vmId, taken)
    },
  })
}

async function takeAutomatic(
  machines: Machines,
  vmId: VmId,
  progress: Progress,
  signal: AbortSignal,
): Promise<Checkpoint | null> {
  const { inventory, clock, events, log } = machines.deps
  const { name, settings, checkpoints } = inventory.get(vmId)
  if (!settings.automaticCheckpoints || settings.checkpointPolicy === 'Disabled' || checkpoints.length > 0)
    return null
  try {
    const request = { name: automaticCheckpointName(name, clock.now()), notes: '', automatic: true }
    return await createCheckpoint(machines, vmId, request, progress, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (machines.unsettled.has(vmId)) throw error // what it left must be put in order first
    const message = `VM "${name}" starts without its automatic checkpoint: ${messageOf(error)}`
    log.warn({ err: error, vmId }, 'an automatic checkpoint could not be taken')
    events.publish({ type: 'notice', vmId, level: 'warning', message })
    progress.report(100, message)
    return null
  }
}

async function takeBack(machines: Machines, vmId: VmId, { id }: Checkpoint): Promise<void> {
  const { inventory, log } = machines.deps
  const present = inventory.get(vmId).checkpoints.find((checkpoint) => checkpoint.id === id)
  if (!present) return
  await deleteCheckpoints(machines, vmId, present, { subtree: false }).catch((error) => {
    log.warn({ err: error, vmId }, 'the automatic checkpoint of a start that failed could not be removed')
  })
}
