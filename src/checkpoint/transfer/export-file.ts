import { rename, rm, stat } from 'node:fs/promises'
import { type Progress, partOf } from '../../core/progress.ts'
import type { ImageTool } from '../../disk/image-port.ts'
import { packImage } from '../../memory/pack/pack.ts'
import { bytesTo } from './bytes-progress.ts'
import { copyFile, hashFile } from './copy-file.ts'
import { type ExportFolder, type FinishedFile, partialMark } from './export-folder.ts'
import type { PlannedFile } from './export-plan.ts'

/** The file as an earlier attempt finished it, if it is still what it was then. */
export async function reuseFile(
  folder: ExportFolder,
  planned: PlannedFile,
  progress: Progress,
  signal: AbortSignal,
): Promise<FinishedFile | null> {
  const found = folder.finished(planned.file, planned.source)
  if (!found) return null
  const path = folder.file(found.file)
  const size = await stat(path).then(
    (each) => each.size,
    () => null,
  )
  if (size !== found.sizeBytes) return null
  const { sha256 } = await hashFile(path, bytesTo(progress, size, 'verifying'), signal)
  return sha256 === found.sha256 ? found : null
}

/**
 * Makes one file of the export: under another name first, so that a name stands for the whole file.
 * `uniqueId` keeps what a process of an earlier daemon may still write apart. On an error nothing of it is left.
 */
export async function makeFile(
  images: ImageTool,
  folder: ExportFolder,
  planned: PlannedFile,
  uniqueId: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<FinishedFile> {
  const path = folder.file(planned.file)
  const partial = `${path}${partialMark}${uniqueId}`
  try {
    await rm(path, { force: true }) // an earlier attempt's, which was not recorded or is not what it was
    const { sizeBytes, sha256 } = await write(images, planned, partial, progress, signal)
    await rename(partial, path)
    const finished = { file: planned.file, sizeBytes, sha256, source: planned.source }
    await folder.add(finished)
    return finished
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function write(
  images: ImageTool,
  { make, estimateBytes }: PlannedFile,
  partial: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ sizeBytes: number; sha256: string }> {
  const writing = partOf(progress, 0, 80)
  if (make.how === 'flatten') {
    const named: Progress = { report: (percent) => writing.report(percent, 'copying') }
    await images.flatten(make.chain, partial, named, signal)
  } else if (make.how === 'pack') {
    await packImage(make.from, partial, bytesTo(writing, estimateBytes, 'copying'), signal)
  } else {
    const { from, sizeBytes, parent } = make
    if (!parent) return await copyFile(from, partial, bytesTo(progress, sizeBytes, 'copying'), signal)
    await copyFile(from, partial, bytesTo(writing, sizeBytes, 'copying'), signal)
    await images.renameParent(
      { file: partial, format: 'qcow2' },
      { file: parent.name, format: parent.layer.format },
    )
  }
  const { size } = await stat(partial)
  return await hashFile(partial, bytesTo(partOf(progress, 80, 100), size, 'verifying'), signal)
}
