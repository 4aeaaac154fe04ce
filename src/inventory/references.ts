import type { LayerId } from '../core/ids.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { VmDocument } from './document.ts'

/** Everything that the VM can be put back to: its checkpoints, and what applies have discarded. */
export function statesOf({ checkpoints, discarded }: VmDocument): Checkpoint[] {
  return [...checkpoints, ...discarded.map(({ state }) => state)]
}

/** Layers that a state names or that Now writes to: the ones whose view somebody may ask for. */
export function namedLayers(document: VmDocument): Set<LayerId> {
  const named = new Set<LayerId>(Object.values<LayerId>(document.active))
  for (const { disks } of statesOf(document)) {
    for (const layerId of Object.values<LayerId>(disks)) named.add(layerId)
  }
  return named
}

export function activeLayers(document: VmDocument): Set<LayerId> {
  return new Set(Object.values<LayerId>(document.active))
}
