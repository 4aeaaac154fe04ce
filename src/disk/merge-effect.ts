import type { DiskId, LayerId } from '../core/ids.ts'
import type { DiskView, Layer, LayerMap } from './layer.ts'

/** The layers after `child` was folded down into `lower`: `lower` stands where `child` stood. */
export function afterMergeDown(layers: LayerMap, lower: Layer, child: Layer): LayerMap {
  const next: Record<LayerId, Layer> = {}
  for (const layer of Object.values<Layer>(layers)) {
    if (layer.id === child.id) continue
    if (layer.id === lower.id) next[layer.id] = { ...lower, virtualSizeBytes: child.virtualSizeBytes }
    else next[layer.id] = layer.parentId === child.id ? { ...layer, parentId: lower.id } : layer
  }
  return next
}

/** The layers after `lower`'s data was copied up into `child`, its only child. */
export function afterMergeUp(layers: LayerMap, lower: Layer, child: Layer): LayerMap {
  const next: Record<LayerId, Layer> = {}
  for (const layer of Object.values<Layer>(layers)) {
    if (layer.id === lower.id) continue
    next[layer.id] = layer.id === child.id ? { ...layer, parentId: lower.parentId } : layer
  }
  return next
}

/** `view` with one layer named in the place of another. */
export function replaceInView(view: DiskView, from: LayerId, to: LayerId): DiskView {
  const next: Record<DiskId, LayerId> = { ...view }
  for (const diskId of Object.keys(next) as DiskId[]) {
    if (next[diskId] === from) next[diskId] = to
  }
  return next
}
