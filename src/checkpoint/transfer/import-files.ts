import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { syncPath } from '../../core/durable-file.ts'
import { isStillpointError, messageOf, StillpointError } from '../../core/error.ts'
import type { CheckpointId, VmId } from '../../core/ids.ts'
import { type Progress, partOf } from '../../core/progress.ts'
import { MIB } from '../../core/units.ts'
import type { Layer } from '../../disk/layer.ts'
import type { Machines } from '../../machine/machines.ts'
import { checkImage } from '../../memory/pack/pack.ts'
import { makeTpmFolder } from '../tpm-state.ts'
import { ImportCopier } from './import-copier.ts'
import { importDisk } from './import-disk.ts'
import type { ImportedFiles } from './import-document.ts'
import { exportInvalid, type ImportFolder } from './import-folder.ts'

/** Copies everything of an export into the folder of the VM to be, and verifies it there; durable on return. */
export async function importFiles(
  machines: Machines,
  vmId: VmId,
  checkpointId: CheckpointId,
  source: ImportFolder,
  progress: Progress,
  signal: AbortSignal,
): Promise<ImportedFiles> {
  const { folders } = machines.deps
  const { manifest } = source
  const own = folders.vm(vmId)
  for (const folder of [folders.layers(vmId), folders.memory(vmId), folders.run(vmId)])
    await mkdir(folder, { recursive: true, mode: 0o700 })
  const copier = new ImportCopier(source, partOf(progress, 0, manifest.memory ? 85 : 95), signal)
  const copied = async (file: string | null | undefined, to: string, name = basename(file ?? '')) => {
    if (!file) return null
    const target = join(to, name)
    await mkdir(to, { recursive: true, mode: 0o700 })
    await copier.copy(file, target)
    await syncPath(to)
    return target
  }
  const disks: Layer[][] = []
  for (const disk of manifest.disks) disks.push(await importDisk(machines, copier, vmId, disk))
  await syncPath(folders.layers(vmId))
  const { boot } = manifest.checkpoint.hardware
  const kernel = await copied(boot?.kernel, join(own, 'boot'))
  const initrd = await copied(boot?.initrd, join(own, 'boot'))
  const tpmState = await copied(manifest.tpmState, join(own, 'tpm'), `${checkpointId}.permall`)
  const tpmFolder =
    manifest.checkpoint.hardware.tpm === 'none' ? null : join(own, 'tpm', machines.deps.ids.next())
  await makeTpmFolder(tpmFolder, { tpmState })
  const memorySources: string[] = []
  for (const file of manifest.memory?.sources ?? []) {
    const target = await copied(file, folders.memory(vmId))
    if (target) memorySources.push(target)
  }
  const memoryFile = await copied(manifest.memory?.file, folders.memory(vmId))
  if (memoryFile) await requireMemory(source, memoryFile, partOf(progress, 85, 95), signal)
  await syncPath(own)
  return { disks, memoryFile, memorySources, tpmState, tpmFolder, kernel, initrd }
}

/** All of it is read once: nobody has done so since it was written. */
async function requireMemory(
  { path, manifest }: ImportFolder,
  file: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { memory, checkpoint } = manifest
  const total = checkpoint.hardware.memoryMiB * MIB
  const onBytes = (bytes: number) =>
    progress.report(Math.min(100, (100 * bytes) / total), 'verifying the memory')
  const found = await checkImage(file, onBytes, signal).catch((error) => {
    signal.throwIfAborted()
    if (isStillpointError(error)) throw error
    throw new StillpointError('memory_image_invalid', messageOf(error), { details: { file }, cause: error })
  })
  if (found.sha256 !== memory?.sha256)
    throw exportInvalid(path, 'its memory image is not the one that was exported')
  const named = memory.sources.map((source) => basename(source))
  if (found.sources.toSorted().join() !== named.toSorted().join())
    throw exportInvalid(path, 'its memory image refers to other images than those that were exported')
}
