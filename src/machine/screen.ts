import { setTimeout as sleep } from 'node:timers/promises'
import { neverAborted } from '../core/cancel.ts'
import { StillpointError } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import type { Instance, Picture } from '../hypervisor/port.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Machines } from './machines.ts'

/** Whoever wants a picture wants one of now. */
const patienceMs = 1000
const askEveryMs = 20

/** The Unix socket on which QEMU speaks RFB; null while the VM is off, or when it has no display. */
export function screenSocketOf({ instance, hardware }: VmDocument): string | null {
  return instance && hardware.display === 'vnc' ? `${instance.runFolder}/vnc.sock` : null
}

/** As `screenSocketOf`. Error: `vm_state` in place of null. */
export function requireScreenSocket(machines: Machines, vmId: VmId): string {
  requireScreen(machines, vmId)
  const socketPath = screenSocketOf(machines.deps.inventory.get(vmId))
  if (socketPath !== null) return socketPath
  throw new StillpointError('internal', 'A VM that runs has no record of its process.')
}

/**
 * The display as it is now. A picture is taken in a turn of its own, so that no pause of the guest gets longer by it;
 * it waits for no other operation longer than a second, makes none give way, and touches no guest whose memory is
 * still on its way. Errors: `vm_busy`, `vm_state`; as Instance.picture.
 */
export async function pictureOf(machines: Machines, vmId: VmId): Promise<Picture> {
  requireScreen(machines, vmId)
  const until = machines.deps.clock.monotonicMs() + patienceMs
  while (reasonToWait(machines, vmId) !== null) {
    if (machines.deps.clock.monotonicMs() > until) throw busy(machines, vmId)
    await sleep(askEveryMs)
  }
  // Nothing came between: the VM is free, and its turn is had at once.
  return await machines.turn(vmId, neverAborted, () => requireScreen(machines, vmId).picture())
}

function requireScreen(machines: Machines, vmId: VmId): Instance {
  const { name, hardware } = machines.deps.inventory.get(vmId)
  if (hardware.display === 'none') {
    throw new StillpointError(
      'vm_state',
      `VM "${name}" has no display. It gets one, when it is off, by \`stillpoint vm set ${JSON.stringify(name)} --display vnc\`.`,
      { details: { vmId } },
    )
  }
  return machines.running(vmId)
}

function reasonToWait(machines: Machines, vmId: VmId): string | null {
  if (machines.unsettled.has(vmId)) return 'unfinished work on it is brought to an end'
  const percent = machines.loads.percent(vmId)
  if (percent !== null) return `${percent}% of the memory of the applied checkpoint are there`
  return machines.locks.isBusy(vmId) ? 'another operation is being done on it' : null
}

function busy(machines: Machines, vmId: VmId): StillpointError {
  const { name } = machines.deps.inventory.get(vmId)
  const why = reasonToWait(machines, vmId) ?? 'one operation follows the other on it'
  return new StillpointError(
    'vm_busy',
    `No picture is taken of VM "${name}" while ${why}; try again later.`,
    {
      details: { vmId },
    },
  )
}
