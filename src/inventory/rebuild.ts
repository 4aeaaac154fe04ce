import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, StillpointError } from '../core/error.ts'
import type { Layer } from '../disk/layer.ts'
import { sameName } from '../vm/name.ts'
import { ownershipOf } from './checkpoint-location.ts'
import type { VmDocument } from './document.ts'
import type { Folders } from './folders.ts'
import type { Inventory } from './inventory.ts'
import { statesOf } from './references.ts'
import { readVmJson } from './vm-json.ts'

export interface Rebuilt {
  readonly restored: { id: string; name: string; checkpoints: number }[]
  readonly problems: { folder: string; message: string }[]
}

/**
 * Reads every VM's folder and replaces the store by what they say, where it does not know better:
 * a record of the store that is newer than its copy, or has none, is kept. A folder that cannot be read is reported and
 * left alone.
 */
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
      await requireOwnFiles(document, folders)
      const present = inventory.has(document.id) ? inventory.get(document.id) : null
      documents.push(present && present.revision > document.revision ? present : document)
      problems.push(...(await unknownFiles(document, folders)))
    } catch (error) {
      problems.push({ folder, message: messageOf(error) })
    }
  }
  for (const present of inventory.all()) {
    if (documents.some(({ id }) => id === present.id)) continue
    documents.push(present)
    problems.push({
      folder: folders.vm(present.id),
      message: `The copy of the record of VM "${present.name}" cannot be used; that of the store was kept.`,
    })
  }
  inventory.store.rebuild(documents)
  inventory.reload()
  return {
    restored: documents.map(({ id, name, checkpoints }) => ({ id, name, checkpoints: checkpoints.length })),
    problems,
  }
}

/**
 * Takes the VM of a folder that the store does not know into it, by the record in the folder.
 * Errors: `inventory_damaged` when that record or its files are another's; `name_taken`.
 */
export async function adoptFolder(
  inventory: Inventory,
  folders: Folders,
  folder: string,
): Promise<VmDocument> {
  const document = await readVmJson(join(folder, 'vm.json'))
  try {
    if (folders.vm(document.id) !== folder) throw new Error(`it describes the VM "${document.id}"`)
    await requireOwnFiles(document, folders)
  } catch (error) {
    const what = `The VM in "${folder}" cannot be taken into the inventory: ${messageOf(error)}.`
    throw new StillpointError('inventory_damaged', what, { cause: error })
  }
  return await inventory.add(document)
}

/**
 * Layers that no record names: work that was under way when the record was last written. They may hold
 * what the guest wrote last, so they are reported and kept.
 */
async function unknownFiles(document: VmDocument, folders: Folders): Promise<Rebuilt['problems']> {
  const places = new Set([folders.layers(document.id), join(folders.ofCheckpoints(document), 'layers')])
  const known = new Set(Object.values<Layer>(document.layers).map((layer) => layer.file))
  const unknown: string[] = []
  for (const folder of places) {
    const names = await readdir(folder).catch(() => [])
    unknown.push(...names.map((name) => join(folder, name)).filter((file) => !known.has(file)))
  }
  return unknown.map((file) => ({
    folder: folders.vm(document.id),
    message: `The record of VM "${document.name}" does not know the layer "${file}"; it may hold newer data, and was left alone.`,
  }))
}

/**
 * A record that names files of another home would make two homes write to the same images. Those in a checkpoint
 * location that cannot be reached now are believed: what is done to them is refused until it can.
 */
async function requireOwnFiles(document: VmDocument, folders: Folders): Promise<void> {
  const ownership = await ownershipOf(folders, document)
  const files = [
    ...Object.values<Layer>(document.layers).flatMap((layer) => (layer.linked ? [] : [layer.file])),
    ...statesOf(document).flatMap(({ memory, tpmState }) => [memory?.file ?? [], tpmState ?? []].flat()),
    ...(document.tpmFolder === null ? [] : [document.tpmFolder]),
  ]
  const foreign = files.find((file) => ownership(file) === 'foreign')
  if (foreign !== undefined)
    throw new Error(`it names "${foreign}", which is not in its folder; was the home folder moved?`)
}
