import { messageOf, StillpointError } from '../core/error.ts'
import type { LayerId, VmId } from '../core/ids.ts'
import { chainOf } from '../disk/chain.ts'
import type { DiskView } from '../disk/layer.ts'
import { readImageHeader } from '../disk/qcow2-header.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Machines } from './machines.ts'

/** What is wrong with the images that `view` is read from, in words; null when nothing is. */
export async function brokenReason(
  document: VmDocument,
  view: DiskView = document.active,
): Promise<string | null> {
  for (const topId of Object.values<LayerId>(view)) {
    for (const layer of chainOf(document.layers, topId)) {
      try {
        const header = await readImageHeader(layer.file)
        if (header.format !== layer.format && layer.format === 'qcow2') {
          return `Layer "${layer.file}" of ${layer.diskId} is no longer a qcow2 image.`
        }
      } catch (error) {
        return `Layer ${layer.id} of ${layer.diskId} cannot be used: ${messageOf(error)}`
      }
    }
  }
  return null
}

/** Looks at the images of Now and remembers the answer. Error: `vm_broken`. */
export async function requireIntact(machines: Machines, vmId: VmId): Promise<void> {
  const document = machines.deps.inventory.get(vmId)
  const reason = await brokenReason(document)
  if (reason === null) {
    machines.broken.delete(vmId)
    return
  }
  machines.broken.set(vmId, reason)
  machines.deps.events.publish({ type: 'vm.changed', vmId })
  throw new StillpointError(
    'vm_broken',
    `VM "${document.name}" is broken: ${reason} Put the file back, or apply a checkpoint that does not need it.`,
    { details: { vmId } },
  )
}
