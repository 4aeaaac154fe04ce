import type { DiskId, LayerId, VmId } from '../core/ids.ts'
import { dataDisk } from '../machine/disks.ts'
import type { Machines } from '../machine/machines.ts'
import { sweepOrLater } from './sweep.ts'

/**
 * Takes a disk out of a VM that is off. Checkpoints that have it keep it: applied, they bring it back. What none of
 * them needs is removed with it; an image that was used in place stays. Runs inside the VM's turn.
 * Errors: `vm_state`, `disk_not_found`, `invalid_request` for the firmware's variables.
 */
export async function removeDisk(machines: Machines, vmId: VmId, diskKey: string): Promise<DiskId> {
  const { inventory } = machines.deps
  await machines.require(vmId, 'change-hardware')
  const diskId = dataDisk(inventory.get(vmId), diskKey)
  await inventory.change(vmId, (document) => {
    const active: Record<DiskId, LayerId> = { ...document.active }
    delete active[diskId]
    const disks = document.hardware.disks.filter(({ id }) => id !== diskId)
    return { ...document, hardware: { ...document.hardware, disks }, active }
  })
  await sweepOrLater(machines, vmId)
  return diskId
}
