import { removeFile } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import type { DiskId, LayerId } from '../core/ids.ts'
import type { DiskView, Layer } from '../disk/layer.ts'
import type { DiskSwitch } from '../hypervisor/port.ts'
import { requireLocation } from '../inventory/checkpoint-location.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Machines } from '../machine/machines.ts'
import type { DiskSlot } from '../vm/config.ts'
import { requireSpaceForLayers } from './hygiene/require-space.ts'

/** A new, empty layer for each disk, over the layers of `view`: a plan; no file is made. */
export function planLayers(
  machines: Machines,
  document: VmDocument,
  slots: readonly DiskSlot[],
  view: DiskView,
): Layer[] {
  const { folders, ids } = machines.deps
  return slots.map(({ id: diskId }) => {
    const parent = layerOf(document, view[diskId], diskId)
    const id = ids.next<LayerId>()
    return {
      id,
      diskId,
      file: folders.differencingLayer(document, diskId, id),
      format: 'qcow2',
      parentId: parent.id,
      virtualSizeBytes: parent.virtualSizeBytes,
      linked: false,
    }
  })
}

/** Errors: `io_error` when the checkpoint location cannot be reached; `disk_full`, before any is made when it is known that they do not fit. */
export async function makeLayers(
  machines: Machines,
  document: VmDocument,
  layers: readonly Layer[],
): Promise<void> {
  await requireLocation(machines.deps.folders, document)
  await requireSpaceForLayers(layers)
  await Promise.all(layers.map((layer) => machines.deps.images.create(layer, parentOf(document, layer))))
}

export async function removeLayers(layers: readonly Layer[]): Promise<void> {
  for (const layer of layers) await removeFile(layer.file)
}

/** The document in which Now writes to `layers`; what it wrote to before is sealed. */
export function withActive(document: VmDocument, layers: readonly Layer[]): VmDocument {
  return {
    ...document,
    layers: { ...document.layers, ...Object.fromEntries(layers.map((layer) => [layer.id, layer])) },
    active: viewOf(layers),
  }
}

export function viewOf(layers: readonly Layer[]): DiskView {
  return Object.fromEntries(layers.map((layer) => [layer.diskId, layer.id]))
}

/** What QEMU has to switch so that Now writes to `layers`. */
export function switchesTo(document: VmDocument, layers: readonly Layer[]): DiskSwitch[] {
  return layers.map((to) => ({ from: parentOf(document, to), to }))
}

function parentOf(document: VmDocument, layer: Layer): Layer {
  return layerOf(document, layer.parentId ?? undefined, layer.diskId)
}

function layerOf(document: VmDocument, id: LayerId | undefined, diskId: DiskId): Layer {
  const layer = id && document.layers[id]
  if (!layer)
    throw new StillpointError(
      'inventory_damaged',
      `Disk "${diskId}" of VM "${document.name}" has no layer "${id}".`,
    )
  return layer
}
