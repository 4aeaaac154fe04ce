import { StillpointError } from '../core/error.ts'
import type { DiskId, LayerId } from '../core/ids.ts'
import { chainOf } from '../disk/chain.ts'
import type { Layer } from '../disk/layer.ts'
import type { VmDocument } from './document.ts'
import { neededImageFiles } from './memory-images.ts'
import { activeLayers, statesOf } from './references.ts'

/**
 * Throws `inventory_damaged` when the document breaks one of the invariants of VmDocument. It runs before
 * every write, so that a mistake of ours stops before it reaches the disk.
 */
export function checkDocument(document: VmDocument): void {
  const fail = (message: string): never => {
    throw new StillpointError(
      'inventory_damaged',
      `The record of VM "${document.name}" is inconsistent: ${message}.`,
      {
        details: { vmId: document.id },
      },
    )
  }
  const active = activeLayers(document)
  const checkView = (view: Readonly<Record<DiskId, LayerId>>, owner: string) => {
    for (const [diskId, layerId] of Object.entries<LayerId>(view)) {
      const layer = document.layers[layerId]
      if (!layer) fail(`${owner} names layer "${layerId}", which does not exist`)
      else if (layer.diskId !== diskId)
        fail(`${owner} names layer "${layerId}" of ${layer.diskId} for ${diskId}`)
    }
  }
  for (const [id, layer] of Object.entries<Layer>(document.layers)) {
    if (layer.id !== id) fail(`layer "${layer.id}" is filed as "${id}"`)
    for (const below of chainOf(document.layers, layer.id)) {
      if (below.diskId !== layer.diskId)
        fail(`layer "${id}" of ${layer.diskId} stands on "${below.id}" of ${below.diskId}`)
    }
  }
  checkView(document.active, 'Now')
  for (const slot of document.hardware.disks) {
    if (!document.active[slot.id]) fail(`${slot.id} has no active layer`)
  }
  const recorded = new Set([
    ...document.keptImages,
    ...statesOf(document).flatMap(({ memory }) => memory?.file ?? []),
  ])
  for (const file of neededImageFiles(document)) {
    if (!recorded.has(file)) fail(`memory image "${file}" is needed, and nothing names it`)
  }
  for (const layerId of active) {
    const child = Object.values(document.layers).find((layer) => layer.parentId === layerId)
    if (child) fail(`active layer "${layerId}" has the child "${child.id}"`)
  }
  if (document.nowParentId !== null && !document.checkpoints.some(({ id }) => id === document.nowParentId))
    fail('Now hangs under an unknown checkpoint')
  const parents = new Map(document.checkpoints.map((checkpoint) => [checkpoint.id, checkpoint.parentId]))
  if (parents.size < document.checkpoints.length) fail('two checkpoints have the same id')
  for (const checkpoint of statesOf(document)) {
    const owner = `checkpoint "${checkpoint.name}"`
    checkView(checkpoint.disks, owner)
    for (const slot of checkpoint.hardware.disks) {
      if (!checkpoint.disks[slot.id]) fail(`${owner} has no layer for ${slot.id}`)
    }
    let steps = 0
    for (let id = checkpoint.parentId; id !== null; id = parents.get(id) ?? null) {
      if (!parents.has(id)) fail(`${owner} has an unknown ancestor`)
      if (++steps > parents.size) fail(`${owner} is among its own ancestors`)
    }
    if ((checkpoint.kind === 'standard') !== (checkpoint.memory !== null))
      fail(`${owner} and its memory image disagree`)
    for (const layerId of Object.values<LayerId>(checkpoint.disks)) {
      if (active.has(layerId)) fail(`${owner} names the active layer "${layerId}"`)
    }
  }
}
