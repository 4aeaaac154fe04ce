import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { formatBytes } from '../core/units.ts'
import type { Layer } from '../disk/layer.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Folders } from '../inventory/folders.ts'
import { neededImageFiles } from '../inventory/memory-images.ts'
import type { VmFinding } from './finding.ts'

const groupAndOthers = 0o077

/** Files in the VM's folders of images that no record names. Only while nothing is being done to the VM. */
export async function checkOrphans(folders: Folders, document: VmDocument): Promise<VmFinding[]> {
  const known = knownFiles(document)
  const found: VmFinding[] = []
  for (const folder of [folders.layers(document.id), folders.memory(document.id)]) {
    for (const name of await namesIn(folder)) {
      const file = join(folder, name)
      if (known.has(resolve(file))) continue
      const status = await stat(file).catch(() => null)
      if (!status?.isFile()) continue
      found.push({
        code: 'orphan_file',
        severity: 'info',
        subject: file,
        problem: 'No record names this file.',
        evidence: `It occupies ${formatBytes(status.blocks * 512)}, and was written last at ${status.mtime.toISOString()}.`,
        remedy: `It is moved to "${folders.quarantine(document.id)}". It may hold what a guest wrote last, so it is never deleted; do that yourself when you are sure.`,
        isRepairable: true,
      })
    }
  }
  return found
}

/** Files that others than the owner may read or write. Images that are used in place are the user's own business. */
export async function checkPermissions(folders: Folders, document: VmDocument): Promise<VmFinding[]> {
  const own = `${resolve(folders.vm(document.id))}/`
  const files = [...knownFiles(document)].filter((file) => file.startsWith(own))
  const paths = [folders.vm(document.id), folders.vmJson(document.id), ...files]
  const found: VmFinding[] = []
  for (const path of paths) {
    const status = await stat(path).catch(() => null)
    if (!status || (status.mode & groupAndOthers) === 0) continue
    const wanted = status.isDirectory() ? '0700' : '0600'
    found.push({
      code: 'permissions',
      severity: 'warning',
      subject: path,
      problem: 'Others than the owner may use this file: it holds what a guest holds.',
      evidence: `Its mode is 0${(status.mode & 0o7777).toString(8)}.`,
      remedy: `Its mode is made ${wanted}.`,
      isRepairable: true,
    })
  }
  return found
}

function knownFiles(document: VmDocument): Set<string> {
  const layers = Object.values<Layer>(document.layers).map(({ file }) => file)
  const files = [...layers, ...neededImageFiles(document), ...document.keptImages, ...document.garbage]
  return new Set(files.map((file) => resolve(file)))
}

const namesIn = (folder: string) => readdir(folder).catch((): string[] => [])
