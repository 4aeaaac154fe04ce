import { isAbsolute } from 'node:path'
import { removeFile } from '../core/durable-file.ts'
import type { LayerId, VmId } from '../core/ids.ts'
import type { Layer } from '../disk/layer.ts'
import { planMerges } from '../disk/merge-planner.ts'
import type { VmDocument } from '../inventory/document.ts'
import { namedLayers } from '../inventory/references.ts'
import type { Machines } from '../machine/machines.ts'

/**
 * Removes what nothing refers to any more: processes whose state was discarded, layers that nothing
 * stands on, files that are on record as garbage. Copies nothing. Idempotent; runs inside the VM's turn.
 *
 * Each thing is removed first and struck from the record after: a crash between the two only means that
 * it is removed once more.
 */
export async function sweep(machines: Machines, vmId: VmId): Promise<VmDocument> {
  const { inventory, hypervisor, folders } = machines.deps
  const before = inventory.get(vmId)
  let document = before
  for (const retired of document.retiring) {
    await hypervisor.endStrays(retired.runFolder, new Set())
  }
  for (let needless = needlessLayers(document); needless.length > 0; needless = needlessLayers(document)) {
    await machines.instance(vmId)?.closeLayers(needless.map((layer) => layer.id))
    for (const layer of needless) await removeFile(layer.file)
    document = withoutLayers(document, needless)
  }
  for (const file of document.garbage) {
    if (isAbsolute(file) && file.startsWith(`${folders.vm(vmId)}/`)) await removeFile(file)
  }
  const { layers } = document
  const present = inventory.get(vmId) // a checkpoint may have been renamed meanwhile
  const changed = before.retiring.length + before.garbage.length > 0 || before.layers !== layers
  return changed ? await inventory.commit({ ...present, layers, retiring: [], garbage: [] }) : present
}

function needlessLayers(document: VmDocument): Layer[] {
  const input = { layers: document.layers, named: namedLayers(document), allocatedBytes: () => 0 }
  return planMerges(input).flatMap((action) => (action.kind === 'unlink' ? [action.layer] : []))
}

function withoutLayers(document: VmDocument, removed: readonly Layer[]): VmDocument {
  const layers: Record<LayerId, Layer> = { ...document.layers }
  for (const { id } of removed) delete layers[id]
  return { ...document, layers }
}
