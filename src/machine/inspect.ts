import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'
import type { LayerId, VmId } from '../core/ids.ts'
import { chainOf } from '../disk/chain.ts'
import type { ImageTool } from '../disk/image-port.ts'
import type { DiskView, Layer } from '../disk/layer.ts'
import { endsEarly } from '../disk/qcow2-extent.ts'
import { readImageHeader } from '../disk/qcow2-header.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Machines } from './machines.ts'

/** What is wrong with the images that `view` is read from, in words; null when nothing is. */
export async function brokenReason(
  images: ImageTool,
  document: VmDocument,
  view: DiskView = document.active,
): Promise<string | null> {
  const layers = Object.values<LayerId>(view).flatMap((topId) => chainOf(document.layers, topId))
  const reasons = await Promise.all(layers.map((layer) => layerProblem(images, layer)))
  return reasons.find((reason) => reason !== null) ?? null
}

/** Images that were found whole, as they were then: a chain is looked at before each operation, and most of it is sealed. */
const foundWhole = new Map<string, string>()
const mostRemembered = 100_000

/** What is wrong with the file of a layer, in words; null when nothing is. */
export async function layerProblem(images: ImageTool, layer: Layer): Promise<string | null> {
  try {
    // What a raw image holds is the guest's own business: only that it is there can be asked.
    if (layer.format === 'raw') {
      await access(layer.file, constants.R_OK)
      return null
    }
    const appearance = await stat(layer.file).then(
      ({ dev, ino, size, mtimeMs }) => `${dev} ${ino} ${size} ${mtimeMs}`,
      () => null, // reading its header says what is wrong with it
    )
    if (appearance !== null && foundWhole.get(layer.file) === appearance) return null
    if ((await readImageHeader(layer.file)).format !== 'qcow2') {
      return `Layer "${layer.file}" of ${layer.diskId} is no longer a qcow2 image.`
    }
    if (await endsEarly(layer.file)) await requireWhole(images, layer.file)
    if (foundWhole.size >= mostRemembered) foundWhole.clear()
    if (appearance !== null) foundWhole.set(layer.file, appearance)
    return null
  } catch (error) {
    return `Layer ${layer.id} of ${layer.diskId} cannot be used: ${messageOf(error)}`
  }
}

/** An image that ends early can be whole all the same: only a look at all its tables tells. Error: `image_invalid`. */
async function requireWhole(images: ImageTool, file: string): Promise<void> {
  try {
    await images.check(file, 'qcow2')
  } catch (error) {
    // A guest that writes to it may have got ahead of its counts, and keeps everybody else out.
    if (!isStillpointError(error, 'image_in_use')) throw error
  }
}

/** Looks again at a VM that was found broken: its files may have come back. */
export async function lookAgain(machines: Machines, vmId: VmId): Promise<void> {
  if (!machines.broken.has(vmId)) return
  const reason = await brokenReason(machines.deps.images, machines.deps.inventory.get(vmId))
  if (reason === null) machines.broken.delete(vmId)
  else machines.broken.set(vmId, reason)
}

/** Looks at the images of Now and remembers the answer. Error: `vm_broken`. */
export async function requireIntact(machines: Machines, vmId: VmId): Promise<void> {
  const document = machines.deps.inventory.get(vmId)
  const reason = await brokenReason(machines.deps.images, document)
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
