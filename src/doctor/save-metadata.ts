import { copyFile, mkdir, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { asStorageError, syncPath, writeFileDurably } from '../core/durable-file.ts'
import { KIB } from '../core/units.ts'
import type { Layer } from '../disk/layer.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Machines } from '../machine/machines.ts'
import type { Finding } from './finding.ts'

const headerBytes = 64 * KIB

/** Writes a copy of the whole database to a new file, consistent and durable. */
export type BackUpDatabase = (path: string) => void

/**
 * A copy of all that a repair could change, in a new folder of the home: the database, the record of each VM, the
 * headers of their layers, and what was found. Returns the folder. Errors: `disk_full`, `io_error`.
 */
export async function saveMetadata(
  machines: Machines,
  backUpDatabase: BackUpDatabase,
  findings: readonly Finding[],
): Promise<string> {
  const { folders, clock, inventory } = machines.deps
  const folder = join(folders.home, 'doctor', clock.now().toISOString().replaceAll(':', ''))
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    backUpDatabase(join(folder, 'stillpoint.db'))
    await writeFileDurably(join(folder, 'findings.json'), `${JSON.stringify(findings, null, 1)}\n`)
    const concerned = new Set(findings.map(({ vmId }) => vmId))
    for (const document of inventory.all()) {
      if (concerned.has(document.id)) await saveVm(machines, document, join(folder, document.id))
    }
    await syncPath(folder)
    return folder
  } catch (error) {
    throw asStorageError(
      error,
      `The copy of the metadata in "${folder}" cannot be made; nothing was repaired`,
    )
  }
}

async function saveVm(machines: Machines, document: VmDocument, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  await writeFileDurably(join(folder, 'record.json'), `${JSON.stringify(document, null, 1)}\n`)
  // One that cannot be read is what may be wrong.
  await copyFile(machines.deps.folders.vmJson(document.id), join(folder, 'vm.json')).catch(() => {})
  for (const { file } of Object.values<Layer>(document.layers)) {
    await saveHeader(file, join(folder, `${basename(file)}.header`)).catch(() => {})
  }
  await syncPath(folder)
}

async function saveHeader(file: string, copy: string): Promise<void> {
  const source = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await source.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    const target = await open(copy, 'wx', 0o600)
    try {
      await target.writeFile(buffer.subarray(0, bytesRead))
      await target.sync()
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}
