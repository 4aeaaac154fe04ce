import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { allocatedBytes } from '../../core/durable-file.ts'
import { type Volume, volumeOf } from '../../core/free-space.ts'
import type { VmId } from '../../core/ids.ts'
import type { Layer } from '../../disk/layer.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { neededImageFiles } from '../../inventory/memory-images.ts'

/** A file system with files of VMs, as it is now. */
export interface UsedVolume extends Volume {
  /** The folder that it is mounted on. */
  readonly mountPoint: string
  /** What each VM's files occupy on it; images that are used in place count, for the guest makes them grow. */
  readonly vmBytes: ReadonlyMap<VmId, number>
}

/** The file systems on which `home` and the files of these VMs lie, the one of `home` first. */
export async function usedVolumes(home: string, documents: readonly VmDocument[]): Promise<UsedVolume[]> {
  const byFolder = new Map<string, Promise<string | null>>()
  const mountOf = (folder: string) => {
    const known = byFolder.get(folder) ?? mountPointOf(folder).catch(() => null)
    byFolder.set(folder, known)
    return known
  }
  const used = new Map<string, Map<VmId, number>>([[await mountPointOf(home), new Map()]])
  for (const document of documents) {
    for (const file of filesOf(document)) {
      const [mountPoint, bytes] = await Promise.all([mountOf(dirname(file)), allocatedBytes(file)])
      if (mountPoint === null || bytes === null) continue // it is missing, which others report
      const vms = used.get(mountPoint) ?? new Map<VmId, number>()
      used.set(mountPoint, vms)
      vms.set(document.id, (vms.get(document.id) ?? 0) + bytes)
    }
  }
  return await Promise.all(
    [...used].map(async ([mountPoint, vmBytes]) => ({
      ...(await volumeOf(mountPoint)),
      mountPoint,
      vmBytes,
    })),
  )
}

function filesOf(document: VmDocument): Set<string> {
  const layers = Object.values<Layer>(document.layers).map(({ file }) => file)
  return new Set([...layers, ...neededImageFiles(document), ...document.keptImages])
}

/** The highest folder on the same file system. */
async function mountPointOf(path: string): Promise<string> {
  let folder = resolve(path)
  const { dev } = await stat(folder)
  for (let parent = dirname(folder); parent !== folder; parent = dirname(folder)) {
    if ((await stat(parent)).dev !== dev) return folder
    folder = parent
  }
  return folder
}
