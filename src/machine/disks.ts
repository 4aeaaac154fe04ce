import { removeFile } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import { asId, type DiskId, type JournalId, type LayerId, type VmId } from '../core/ids.ts'
import type { Progress } from '../core/progress.ts'
import { formatBytes } from '../core/units.ts'
import type { Layer } from '../disk/layer.ts'
import { virtualSizeOf } from '../disk/qcow2-header.ts'
import type { VmDocument } from '../inventory/document.ts'
import { statesOf } from '../inventory/references.ts'
import type { JournalEntry } from '../inventory/store-port.ts'
import { type DiskSlot, limits } from '../vm/config.ts'
import { checkSources, creation, type DiskSource, makeBase, requireLinksUnshared } from './disk-source.ts'
import { requireIntact } from './inspect.ts'
import type { Machines } from './machines.ts'

/**
 * The journal of a change of one disk:
 *
 *   add:  plan ─ base layer made ─ [recorded, entry closed]
 *   grow: plan ─ active layer grown ─ [recorded, entry closed]
 *
 * An addition that was cut off goes back: the file is removed. Of a growth, the image is what counts: the size that
 * it has is recorded.
 */
export type DiskPlan =
  | { readonly change: 'add'; readonly file: string }
  | { readonly change: 'grow'; readonly layerId: LayerId }

/**
 * Gives a VM that is off one more disk. Checkpoints do not have it: after an apply it is gone. Runs inside the VM's
 * turn; on any error nothing is left. Errors: `vm_state`, `invalid_request`; those of the images; `cancelled`.
 */
export async function addDisk(
  machines: Machines,
  vmId: VmId,
  source: DiskSource,
  progress: Progress,
  signal: AbortSignal,
): Promise<DiskSlot> {
  const { inventory, folders, ids } = machines.deps
  await machines.require(vmId, 'change-hardware')
  const document = inventory.get(vmId)
  requireRoom(document)
  await checkSources(machines, [source])
  const slot: DiskSlot = { id: freeDiskId(document), role: 'data' }
  const layerId = ids.next<LayerId>()
  const plan: DiskPlan = { change: 'add', file: folders.layer(vmId, slot.id, layerId) }
  const journalId = inventory.store.openJournal(vmId, 'disk', plan)
  try {
    const layer = await makeBase(machines, { vmId, diskId: slot.id, layerId }, source, progress, signal)
    inventory.store.mark(journalId, 'made')
    await machines.locks.run(creation, signal, async () => {
      await requireLinksUnshared(machines, [source])
      await inventory.change(vmId, (present) => withDisk(present, slot, layer, source), { closes: journalId })
    })
    return slot
  } catch (error) {
    await bringToEnd(machines, journalId)
    throw error
  }
}

function requireRoom({ hardware, name }: VmDocument): void {
  if (hardware.disks.filter(({ role }) => role === 'data').length < limits.disks.max) return
  throw new StillpointError(
    'invalid_request',
    `VM "${name}" has ${limits.disks.max} disks already, which is the most that a VM can have.`,
  )
}

/** The first that neither the VM nor anything that it can be put back to has: layers never get mixed up. */
function freeDiskId(document: VmDocument): DiskId {
  const used = new Set<DiskId>([
    ...Object.values<Layer>(document.layers).map(({ diskId }) => diskId),
    ...[document, ...statesOf(document)].flatMap(({ hardware }) => hardware.disks.map(({ id }) => id)),
  ])
  for (let index = 0; ; index++) {
    const id = asId<DiskId>(`disk${index}`)
    if (!used.has(id)) return id
  }
}

function withDisk(document: VmDocument, slot: DiskSlot, layer: Layer, source: DiskSource): VmDocument {
  const { hardware } = document
  return {
    ...document,
    hardware: { ...hardware, disks: [...hardware.disks, slot] },
    layers: { ...document.layers, [layer.id]: layer },
    active: { ...document.active, [slot.id]: layer.id },
    // Nobody knows how a disk went down that came from elsewhere.
    offConsistency: source.source === 'image' ? 'crash' : document.offConsistency,
  }
}

/**
 * Makes a disk larger, also under a running guest, which sees it at once. Checkpoints keep the size that they have.
 * An image that is used in place grows itself. Runs inside the VM's turn.
 * Errors: `vm_state`, `disk_not_found`, `invalid_request` for a smaller size; `vm_broken`, `disk_full`, `hypervisor_failed`.
 */
export async function growDisk(
  machines: Machines,
  vmId: VmId,
  diskKey: string,
  wantedBytes: number,
): Promise<Layer> {
  const { inventory, images } = machines.deps
  await machines.require(vmId, 'grow-disk')
  await requireIntact(machines, vmId)
  const document = inventory.get(vmId)
  const layer = activeLayerOf(document, dataDisk(document, diskKey))
  const sizeBytes = Math.ceil(wantedBytes / 512) * 512
  if (sizeBytes <= layer.virtualSizeBytes) {
    const reason = sizeBytes < layer.virtualSizeBytes ? 'a disk can only grow' : 'that is its size already'
    throw new StillpointError(
      'invalid_request',
      `Disk "${diskKey}" of VM "${document.name}" has ${layer.virtualSizeBytes} bytes (${formatBytes(layer.virtualSizeBytes)}), ${sizeBytes} were asked for: ${reason}.`,
    )
  }
  const plan: DiskPlan = { change: 'grow', layerId: layer.id }
  const journalId = inventory.store.openJournal(vmId, 'disk', plan)
  try {
    const instance = machines.instance(vmId)
    if (instance) await instance.growLayer(layer, sizeBytes)
    else await images.grow(layer, sizeBytes)
    inventory.store.mark(journalId, 'grown')
    const next = await inventory.change(vmId, (present) => withSize(present, layer.id, sizeBytes), {
      closes: journalId,
    })
    return activeLayerOf(next, layer.diskId)
  } catch (error) {
    await bringToEnd(machines, journalId)
    throw error
  }
}

/** The id of a disk of the VM that is no part of its firmware. Errors: `disk_not_found`, `invalid_request`. */
export function dataDisk(document: VmDocument, key: string): DiskId {
  const slot = document.hardware.disks.find(({ id }) => id === key)
  if (slot?.role === 'data') return slot.id
  if (slot) {
    throw new StillpointError(
      'invalid_request',
      `"${key}" of VM "${document.name}" holds the variables of its firmware; it is as large as the firmware needs it, and cannot be removed.`,
    )
  }
  const ids = document.hardware.disks.flatMap(({ id, role }) => (role === 'data' ? [id] : []))
  throw new StillpointError(
    'disk_not_found',
    `VM "${document.name}" has no disk "${key}"; ${ids.length === 0 ? 'it has none at all' : `it has ${ids.join(', ')}`}.`,
  )
}

function activeLayerOf(document: VmDocument, diskId: DiskId): Layer {
  const layerId = document.active[diskId]
  const layer = layerId && document.layers[layerId]
  if (layer) return layer
  throw new StillpointError('inventory_damaged', `Disk "${diskId}" of VM "${document.name}" has no layer.`)
}

function withSize(document: VmDocument, layerId: LayerId, virtualSizeBytes: number): VmDocument {
  const layer = document.layers[layerId]
  if (!layer) return document
  return { ...document, layers: { ...document.layers, [layerId]: { ...layer, virtualSizeBytes } } }
}

async function bringToEnd(machines: Machines, journalId: JournalId): Promise<void> {
  const { inventory, log } = machines.deps
  const entry = inventory.store.pendingJournal().find(({ id }) => id === journalId)
  if (!entry) return
  try {
    await recoverDisk(machines, entry, entry.plan as DiskPlan) // as it was written
  } catch (error) {
    machines.unsettled.set(entry.vmId, `A change of a disk could not be brought to its end: ${String(error)}`)
    log.error({ err: error, vmId: entry.vmId }, 'a change of a disk could not be brought to its end')
  }
}

/** Brings a change of a disk that was cut off to its end. Idempotent. */
export async function recoverDisk(machines: Machines, entry: JournalEntry, plan: DiskPlan): Promise<void> {
  const { inventory, images } = machines.deps
  if (plan.change === 'add') {
    await removeFile(plan.file)
    inventory.store.closeJournal(entry.id)
    return
  }
  const layer = inventory.get(entry.vmId).layers[plan.layerId]
  if (!layer) {
    inventory.store.closeJournal(entry.id)
    return
  }
  // Nobody else writes to it any more when it can be opened for writing.
  if (!(await machines.living(entry.vmId))) await images.grow(layer, await virtualSizeOf(layer.file))
  const sizeBytes = Math.max(layer.virtualSizeBytes, await virtualSizeOf(layer.file))
  await inventory.change(entry.vmId, (present) => withSize(present, layer.id, sizeBytes), {
    closes: entry.id,
  })
}
