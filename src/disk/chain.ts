import { StillpointError } from '../core/error.ts'
import type { LayerId } from '../core/ids.ts'
import type { Layer, LayerMap } from './layer.ts'

/** The layers from the base up to `topId`. Error: `inventory_damaged` for a gap or a loop. */
export function chainOf(layers: LayerMap, topId: LayerId): Layer[] {
  const chain: Layer[] = []
  const seen = new Set<LayerId>()
  for (let id: LayerId | null = topId; id !== null; ) {
    const layer: Layer | undefined = layers[id]
    if (!layer || seen.has(id)) {
      throw new StillpointError(
        'inventory_damaged',
        `The backing chain of layer "${topId}" ${layer ? 'is a loop' : 'has a gap'} at layer "${id}".`,
        { details: { topId, layerId: id } },
      )
    }
    seen.add(id)
    chain.push(layer)
    id = layer.parentId
  }
  return chain.reverse()
}

/** Children of each layer: the layers whose parent it is. */
export function childrenOf(layers: LayerMap): Map<LayerId, Layer[]> {
  const children = new Map<LayerId, Layer[]>()
  for (const layer of Object.values<Layer>(layers)) {
    if (layer.parentId === null) continue
    const list = children.get(layer.parentId)
    if (list) list.push(layer)
    else children.set(layer.parentId, [layer])
  }
  return children
}
