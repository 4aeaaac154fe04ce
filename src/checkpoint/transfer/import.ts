import { mkdir, rm } from 'node:fs/promises'
import { asStorageError } from '../../core/durable-file.ts'
import { StillpointError } from '../../core/error.ts'
import { requireSpace } from '../../core/free-space.ts'
import { asId, type CheckpointId, type VmId } from '../../core/ids.ts'
import type { Progress } from '../../core/progress.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { creation } from '../../machine/disk-source.ts'
import type { Machines } from '../../machine/machines.ts'
import { checkedName } from '../../vm/name.ts'
import { markImport, unmarkImport } from './half-imported.ts'
import { documentOf } from './import-document.ts'
import { importFiles } from './import-files.ts'
import { readImportFolder } from './import-folder.ts'

export interface ImportRequest {
  readonly folder: string
  /** Default: the name that the VM had. */
  readonly name: string | null
  readonly identity: 'new' | 'keep'
}

export interface Imported {
  readonly document: VmDocument
  readonly checkpoint: Checkpoint
  /** What to know before the checkpoint is applied, in words. */
  readonly warnings: readonly string[]
}

/**
 * Makes a VM of an export: off, with one checkpoint, under which Now hangs. All is copied into the home folder, and verified
 * as it was copied, before the VM is on record; nothing refers to the export afterwards. On an error nothing is left; what a
 * crash leaves is removed when the daemon starts again.
 * Errors: `export_invalid`, `image_invalid`, `image_refers_elsewhere`, `memory_image_invalid`, `name_taken`, `disk_full`,
 * `cancelled`.
 */
export async function importVm(
  machines: Machines,
  request: ImportRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<Imported> {
  const { folders, inventory, ids } = machines.deps
  progress.report(0, 'looking at the export')
  const source = await readImportFolder(request.folder)
  const { manifest } = source
  const name = checkedName('VM', request.name ?? manifest.vm.name)
  const vmId = request.identity === 'keep' ? asId<VmId>(manifest.vm.id) : ids.next<VmId>()
  requireFree(machines, vmId, name)
  const parts = manifest.files.map(({ file, sizeBytes }) => ({ what: file, bytes: sizeBytes }))
  await requireSpace(folders.vms, parts)
  await makeFolder(machines, vmId)
  try {
    await markImport(folders, vmId, source.path)
    const checkpointId =
      request.identity === 'keep' ? asId<CheckpointId>(manifest.checkpoint.id) : ids.next<CheckpointId>()
    const files = await importFiles(machines, vmId, checkpointId, source, progress, signal)
    const { document, active } = documentOf(machines, {
      vmId,
      checkpointId,
      name,
      identity: request.identity,
      manifest,
      files,
    })
    for (const { layer, parent } of active) await machines.deps.images.create(layer, parent)
    signal.throwIfAborted()
    const added = await machines.locks.run(creation, signal, async () => {
      requireFree(machines, vmId, name)
      return await inventory.add(document)
    })
    await unmarkImport(folders, vmId).catch(() => {}) // done again when the daemon starts
    const [checkpoint] = added.checkpoints
    if (!checkpoint) throw new StillpointError('internal', 'An imported VM has no checkpoint.')
    return { document: added, checkpoint, warnings: warningsOf(checkpoint, request) }
  } catch (error) {
    if (inventory.has(vmId)) throw error
    await rm(folders.vm(vmId), { recursive: true, force: true, maxRetries: 3 })
    signal.throwIfAborted()
    throw asStorageError(error, `The folder of VM "${name}" cannot be made`)
  }
}

function requireFree(machines: Machines, vmId: VmId, name: string): void {
  const { inventory } = machines.deps
  if (inventory.has(vmId)) {
    throw new StillpointError(
      'name_taken',
      `VM "${inventory.get(vmId).name}" has the identity of the export already (${vmId}); import it with a new identity.`,
      { details: { vmId } },
    )
  }
  const taken = inventory.named(name)
  if (!taken) return
  throw new StillpointError(
    'name_taken',
    `There is a VM named "${taken.name}" already; give the imported one another name.`,
  )
}

/** The folder is a new one, so that two imports of one identity cannot meet in it. */
async function makeFolder(machines: Machines, vmId: VmId): Promise<void> {
  const { folders } = machines.deps
  const folder = folders.vm(vmId)
  try {
    await mkdir(folders.vms, { recursive: true, mode: 0o700 })
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw asStorageError(error, `The folder "${folder}" cannot be made`)
    throw new StillpointError(
      'folder_in_use',
      `The folder "${folder}" exists, and belongs to no VM: another import is making it, or something was left in it. Import with a new identity, or move it away.`,
      { details: { folder } },
    )
  }
}

function warningsOf({ name, memory, hardware }: Checkpoint, { identity }: ImportRequest): string[] {
  const warnings: string[] = []
  if (memory && identity === 'new') {
    warnings.push(
      `Checkpoint "${name}" holds memory: once it is applied, the guest goes on with what it had then, which is the network address (${hardware.macAddress}) and the system UUID of the original, its host name and its addresses.`,
    )
  }
  if (memory && hardware.cpuModel === 'host')
    warnings.push(`The memory of checkpoint "${name}" can only be loaded on a host with the same processor.`)
  return warnings
}
