import type { LayerId } from '../../core/ids.ts'
import { asId } from '../../core/ids.ts'
import type { Layer } from '../../disk/layer.ts'

/** The name of a layer in QEMU's block graph: at most 31 characters, beginning with a letter. */
export const nodeName = (layerId: LayerId) => `l${layerId}`

/** The layer of a node name of ours; null for names that QEMU made up. */
export function layerOfNode(name: string): LayerId | null {
  return /^l[0-9a-f]{12}$/.test(name) ? asId<LayerId>(name.slice(1)) : null
}

/**
 * Options of `blockdev-add` and `-blockdev` for one layer. The format is always explicit, and so is the
 * backing node: what a header names is never opened.
 */
export function nodeOptions(layer: Layer, backing: Layer | null, readOnly: boolean): object {
  return {
    driver: layer.format,
    'node-name': nodeName(layer.id),
    'read-only': readOnly,
    discard: 'unmap',
    file: { driver: 'file', filename: layer.file, discard: 'unmap' },
    ...(layer.format === 'qcow2' ? { backing: backing && nodeName(backing.id) } : {}),
  }
}

/** Options of a whole chain, the base first; only the top is writable. */
export function chainOptions(chain: readonly Layer[]): object[] {
  return chain.map((layer, index) => nodeOptions(layer, chain[index - 1] ?? null, index < chain.length - 1))
}
