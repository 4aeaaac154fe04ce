import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, StillpointError } from '../core/error.ts'
import type { Layer } from '../disk/layer.ts'
import { sameName } from '../vm/name.ts'
import type { VmDocument } from './document.ts'
import type { Folders } from './folders.ts'
import type { Inventory } from './inventory.ts'
import { readVmJson } from './vm-json.ts'

export interface Rebuilt {
  readonly restored: { id: string; name: string; checkpoints: number }[]
  readonly problems: { folder: string; message: string }[]
}

/** Reads every VM's folder and replaces the store by what they say. A folder that cannot be read is reported and left alone. */
export async function rebuildInventory(inventory: Inventory, folders: Folders): Promise<Rebuilt> {
  const documents: VmDocument[] = []
  const problems: Rebuilt['problems'] = []
  const entries = await readdir(folders.vms).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new StillpointError('io_error', `"${folders.vms}" cannot be read: ${error.code}.`, { cause: error })
  })
  for (const entry of entries.sort()) {
    const folder = join(folders.vms, entry)
    try {
      const document = await readVmJson(join(folder, 'vm.json'))
      if (document.id !== entry) throw new Error(`it describes the VM "${document.id}"`)
      const twin = documents.find(({ name }) => sameName(name, document.name))
      if (twin)
        throw new Error(
          `its name "${document.name}" is that of the VM in "${folders.vm(twin.id)}"; change it in vm.json`,
        )
      documents.push(document)
      problems.push(...(await unknownFiles(document, folders)))
    } catch (error) {
      problems.push({ folder, message: messageOf(error) })
    }
  }
  inventory.store.rebuild(documents)
  inventory.reload()
  return {
    restored: documents.map(({ id, name, checkpoints }) => ({ id, name, checkpoints: checkpoints.length })),
    problems,
  }
}

/**
 * Layers that no record names: work that was under way when the record was last written. They may hold
 * what the guest wrote last, so they are reported and kept.
 */
async function unknownFiles(document: VmDocument, folders: Folders): Promise<Rebuilt['problems']> {
  const folder = folders.layers(document.id)
  const known = new Set(Object.values<Layer>(document.layers).map((layer) => layer.file))
  const unknown = (await readdir(folder).catch(() => []))
    .map((name) => join(folder, name))
    .filter((file) => !known.has(file))
  return unknown.map((file) => ({
    folder: folders.vm(document.id),
    message: `The record of VM "${document.name}" does not know the layer "${file}"; it may hold newer data, and was left alone.`,
  }))
}
