import type { LayerView } from '../contract/layer.ts'
import { allocatedBytes } from '../core/durable-file.ts'
import type { LayerId } from '../core/ids.ts'
import type { Layer } from '../disk/layer.ts'
import type { VmDocument } from '../inventory/document.ts'
import { activeLayers, statesOf } from '../inventory/references.ts'

/** Every image file of a VM's backing chains, with who is read from it. */
export async function viewLayers(document: VmDocument): Promise<LayerView[]> {
  const active = activeLayers(document)
  const states = Map.groupBy(
    statesOf(document).flatMap(({ id, name, disks }) =>
      Object.values<LayerId>(disks).map((layerId) => ({ layerId, state: { id, name } })),
    ),
    ({ layerId }) => layerId,
  )
  return await Promise.all(
    Object.values<Layer>(document.layers).map(async ({ id, diskId, parentId, linked, file }) => ({
      id,
      diskId,
      parentId,
      linked,
      sizeBytes: await allocatedBytes(file),
      isActive: active.has(id),
      states: (states.get(id) ?? []).map(({ state }) => state),
    })),
  )
}
