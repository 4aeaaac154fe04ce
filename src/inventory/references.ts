import type { LayerId } from '../core/ids.ts'
import type { VmDocument } from './document.ts'

/** Layers that a checkpoint names or that Now writes to: the ones whose view somebody may ask for. */
export function namedLayers(document: VmDocument): Set<LayerId> {
  const named = new Set<LayerId>(Object.values<LayerId>(document.active))
  for (const checkpoint of document.checkpoints) {
    for (const layerId of Object.values<LayerId>(checkpoint.disks)) named.add(layerId)
  }
  return named
}

export function activeLayers(document: VmDocument): Set<LayerId> {
  return new Set(Object.values<LayerId>(document.active))
}
