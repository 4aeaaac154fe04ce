import { asStorageError } from '../../core/durable-file.ts'
import { StillpointError } from '../../core/error.ts'
import { requireSpace } from '../../core/free-space.ts'
import type { CheckpointId, VmId } from '../../core/ids.ts'
import type { Progress } from '../../core/progress.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { findCheckpoint } from '../../inventory/tree.ts'
import { brokenReason } from '../../machine/inspect.ts'
import type { Machines } from '../../machine/machines.ts'
import { MemoryImage } from '../../memory/image/reader.ts'
import { requireMemoryImage } from '../apply/load-memory.ts'
import { BytesProgress } from './bytes-progress.ts'
import { makeFile, reuseFile } from './export-file.ts'
import { ExportFolder } from './export-folder.ts'
import { type ExportChoices, type ExportPlan, needsOf, planExport } from './export-plan.ts'
import { type ExportedFile, exportedHardware, type Manifest, withoutMemory } from './manifest.ts'

export interface Exported {
  readonly folder: string
  readonly checkpoint: Checkpoint
  readonly disks: number
  readonly memory: boolean
  readonly sizeBytes: number
  /** Of these, what an earlier attempt had finished. */
  readonly reusedBytes: number
}

/** Folders that are being written to now. */
const inUse = new Set<string>()

/**
 * Writes a checkpoint into `folder` as a whole VM. The VM's turn is taken for a moment only: what is read is
 * sealed, and leased, so that whatever else is done to the VM leaves it alone. `export.json` comes last; without it
 * the folder is no export. Whatever ends it before then, the same call goes on with what was finished.
 * Errors: `checkpoint_not_found`, `vm_broken`, `memory_image_invalid`, `folder_in_use`, `disk_full`,
 * `invalid_request` for a folder within the home folder, `cancelled`.
 */
export async function exportCheckpoint(
  machines: Machines,
  vmId: VmId,
  checkpointId: CheckpointId,
  target: ExportChoices & { readonly folder: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<Exported> {
  const taken = await machines.turn(vmId, signal, () => lease(machines, vmId, checkpointId, target))
  using _lease = taken.lease
  const { document, checkpoint } = taken
  const choices = { ...target, memory: target.memory && checkpoint.memory !== null }
  const key = { vmId, checkpointId, layout: choices.layout, memory: choices.memory }
  const folder = await ExportFolder.open(target.folder, key, machines.deps.folders.home)
  if (inUse.has(folder.path)) {
    throw new StillpointError('folder_in_use', `Another export writes to "${folder.path}" just now.`, {
      details: { folder: folder.path },
    })
  }
  inUse.add(folder.path)
  try {
    progress.report(0, 'looking at what there is to copy')
    const plan = await planExport(machines.deps.images, document, checkpoint, choices, signal)
    const { files, reusedBytes } = await writeFiles(machines, folder, plan, progress, signal)
    signal.throwIfAborted()
    const manifest = await manifestOf(machines, { document, checkpoint, choices, plan, folder, files })
    await folder.complete(
      `${JSON.stringify(manifest, null, 1)}\n`,
      files.map(({ file }) => file),
    )
    return {
      folder: folder.path,
      checkpoint,
      disks: plan.disks.length,
      memory: plan.memory !== null,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      reusedBytes,
    }
  } catch (error) {
    signal.throwIfAborted()
    throw asStorageError(error, `The export to "${folder.path}" failed`)
  } finally {
    inUse.delete(folder.path)
  }
}

/** Inside the VM's turn, where no merge is under way: what will be read is whole, and stays so. */
async function lease(machines: Machines, vmId: VmId, checkpointId: CheckpointId, choices: ExportChoices) {
  const document = machines.deps.inventory.get(vmId)
  const checkpoint = findCheckpoint(document, checkpointId)
  const reason = await brokenReason(machines.deps.images, document, checkpoint.disks)
  if (reason !== null) {
    throw new StillpointError(
      'vm_broken',
      `Checkpoint "${checkpoint.name}" of VM "${document.name}" cannot be exported: ${reason}`,
    )
  }
  if (choices.memory && checkpoint.memory) await requireMemoryImage(checkpoint.memory)
  const needs = needsOf(document, checkpoint, choices)
  return { document, checkpoint, lease: machines.leases.take(vmId, 'is being exported', needs) }
}

async function writeFiles(
  machines: Machines,
  folder: ExportFolder,
  plan: ExportPlan,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ files: ExportedFile[]; reusedBytes: number }> {
  const { images, ids } = machines.deps
  const missing = plan.files.filter(({ file, source }) => !folder.finished(file, source))
  const parts = missing.map(({ what, estimateBytes }) => ({ what, bytes: estimateBytes }))
  await requireSpace(folder.path, parts)
  await folder.begin(plan.files.map(({ file }) => file))
  const counted = new BytesProgress(
    progress,
    plan.files.map(({ file, what, estimateBytes }) => ({ file, what, bytes: estimateBytes })),
  )
  const files: ExportedFile[] = []
  let reusedBytes = 0
  for (const planned of plan.files) {
    const part = counted.of(planned.file)
    const reused = await reuseFile(folder, planned, part, signal)
    reusedBytes += reused?.sizeBytes ?? 0
    const finished = reused ?? (await makeFile(images, folder, planned, ids.next(), part, signal))
    files.push({ file: finished.file, sizeBytes: finished.sizeBytes, sha256: finished.sha256 })
    part.report(100, 'finished')
  }
  return { files, reusedBytes }
}

interface ManifestParts {
  readonly document: VmDocument
  readonly checkpoint: Checkpoint
  readonly choices: ExportChoices
  readonly plan: ExportPlan
  readonly folder: ExportFolder
  readonly files: ExportedFile[]
}

async function manifestOf(machines: Machines, parts: ManifestParts): Promise<Manifest> {
  const { document, checkpoint, choices, plan, folder, files } = parts
  const { kind, record } = plan.memory ? checkpoint : withoutMemory(checkpoint)
  return {
    format: 1,
    exportedAt: machines.deps.clock.now().toISOString(),
    layout: choices.layout,
    vm: {
      id: document.id,
      name: document.name,
      createdAt: document.createdAt,
      settings: document.settings,
      tags: [...document.tags],
    },
    checkpoint: {
      id: checkpoint.id,
      name: checkpoint.name,
      notes: checkpoint.notes,
      kind,
      createdAt: checkpoint.createdAt,
      hardware: exportedHardware(checkpoint.hardware),
      record,
    },
    disks: plan.disks.map(({ id, layers }) => ({ id, layers: [...layers] })),
    memory: plan.memory &&
      checkpoint.memory && {
        file: plan.memory.file,
        sizeBytes: files.find(({ file }) => file === plan.memory?.file)?.sizeBytes ?? 0,
        sha256: await footerSha256(folder.file(plan.memory.file)),
        capture: checkpoint.memory.capture,
        sources: [...plan.memory.sources],
      },
    tpmState: plan.tpmState,
    files,
  }
}

async function footerSha256(path: string): Promise<string> {
  const image = await MemoryImage.open(path)
  try {
    return image.sha256
  } finally {
    await image.close()
  }
}
