import { z } from 'zod'
import { roundMs } from '../../core/clock.ts'
import type { DiskId, LayerId } from '../../core/ids.ts'
import { asId } from '../../core/ids.ts'
import type { Layer } from '../../disk/layer.ts'
import type { DiskSwitch } from '../port.ts'
import { explaining } from './errors.ts'
import { layerOfNode, nodeName, nodeOptions } from './nodes.ts'
import type { QmpSession } from './qmp/session.ts'

const blockSchema = z.array(
  z.object({
    device: z.string(),
    qdev: z.string().optional(),
    inserted: z.object({ 'node-name': z.string().optional() }).optional(),
  }),
)
const namedNodesSchema = z.array(z.object({ 'node-name': z.string().optional() }))

/** Per disk, the layer that the guest writes to. The flash of the UEFI variables is disk `uefi`. */
export async function activeLayersOf(session: QmpSession): Promise<Map<DiskId, LayerId>> {
  const active = new Map<DiskId, LayerId>()
  for (const block of blockSchema.parse(await session.execute('query-block'))) {
    const layerId = layerOfNode(block.inserted?.['node-name'] ?? '')
    if (layerId === null) continue
    const path = /^\/machine\/peripheral\/(\w+)/.exec(block.qdev ?? '')
    active.set(asId<DiskId>(path?.[1] ?? 'uefi'), layerId)
  }
  return active
}

export async function openLayerIds(session: QmpSession): Promise<Set<LayerId>> {
  const nodes = namedNodesSchema.parse(await session.execute('query-named-block-nodes', { flat: true }))
  return new Set(nodes.flatMap((node) => layerOfNode(node['node-name'] ?? '') ?? []))
}

export async function openLayers(session: QmpSession, layers: readonly Layer[]): Promise<void> {
  for (const layer of layers) {
    await explaining(`Opening the differencing disk "${layer.file}"`, () =>
      session.execute('blockdev-add', nodeOptions(layer, null, false)),
    )
  }
}

export async function closeLayers(session: QmpSession, layerIds: readonly LayerId[]): Promise<void> {
  const open = await openLayerIds(session)
  for (const id of layerIds) {
    if (!open.has(id)) continue
    await explaining(`Closing layer ${id}`, () =>
      session.execute('blockdev-del', { 'node-name': nodeName(id) }),
    )
  }
}

export async function growLayer(session: QmpSession, layer: Layer, sizeBytes: number): Promise<void> {
  await explaining(`Growing ${layer.diskId}`, () =>
    session.execute('block_resize', { 'node-name': nodeName(layer.id), size: sizeBytes }),
  )
}

/** All disks in one transaction: QEMU drains and flushes, then puts each new layer over the old one. */
export async function switchDisks(session: QmpSession, switches: readonly DiskSwitch[]): Promise<number> {
  if (switches.length === 0) return 0
  const actions = switches.map(({ from, to }) => ({
    type: 'blockdev-snapshot',
    data: { node: nodeName(from.id), overlay: nodeName(to.id) },
  }))
  const startedAt = performance.now()
  await explaining('Switching the disks', () => session.execute('transaction', { actions }))
  return roundMs(performance.now() - startedAt)
}
