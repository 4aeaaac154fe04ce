import { mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { mapBounded } from '../core/bounded.ts'
import { asStorageError, writeFileDurably } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import type { Layer } from '../disk/layer.ts'
import { ownerFile, ownerOf, ownershipOfFolder } from '../inventory/checkpoint-location.ts'
import type { VmDocument } from '../inventory/document.ts'
import { type Folders, isWithin } from '../inventory/folders.ts'
import type { Machines } from './machines.ts'

/** Folders in the new location are there; the records do not name it yet. */
export interface LocationChange {
  /** Error: `vm_state` when one of the VMs got a checkpoint meanwhile, or an operation works on it. */
  requireStill(): void
  /** After the records were changed: what is left in the old locations, all of it empty folders, is removed. */
  leaveOld(): Promise<void>
  /** Takes away what was made. */
  undo(): Promise<void>
}

/** A qcow2 header has room for 1023 bytes of the path of a backing file. */
const longest = 900

/**
 * Makes a folder for each VM in a new checkpoint location, mode 0700; null: the VMs' own folders again. With `isOurTurn`
 * the caller holds the turn of the VMs.
 * Errors: `vm_state` when a VM has checkpoints, or files of some; `invalid_request` when the location cannot be one;
 * `io_error` and `disk_full`.
 */
export async function prepareLocations(
  machines: Machines,
  vmIds: readonly VmId[],
  location: string | null,
  { isOurTurn = false } = {},
): Promise<LocationChange> {
  const { inventory, folders } = machines.deps
  const documents = vmIds.map((vmId) => inventory.get(vmId))
  const moving = documents.filter(({ settings }) => settings.checkpointLocation !== location)
  for (const document of moving) requireNothingHeld(document)
  // Somebody who sets the same again may have lost the folder; one that holds checkpoints must be found again, not made.
  const claiming = documents.filter((document) => location !== null && heldBack(document) === null)
  if (location !== null && claiming.length > 0) await makeLocation(machines, location)
  const made: string[] = []
  const undo = async () => {
    for (const folder of made) await removeEmpty(folder)
  }
  try {
    if (location !== null) {
      await mapBounded(claiming, 16, async ({ id, name }) => {
        if (await claim(folders, folders.inLocation(location, id), name))
          made.push(folders.inLocation(location, id))
      })
    }
  } catch (error) {
    await undo()
    throw error
  }
  return {
    undo,
    requireStill() {
      for (const { id, name } of moving) {
        requireNothingHeld(inventory.get(id))
        const isUnfinished =
          machines.unsettled.has(id) || inventory.store.pendingJournal().some(({ vmId }) => vmId === id)
        if (isOurTurn || !(machines.locks.isBusy(id) || isUnfinished)) continue
        throw new StillpointError(
          'vm_state',
          `The checkpoint location of VM "${name}" cannot be changed while an operation works on it, or is left unfinished; wait for that.`,
        )
      }
    },
    async leaveOld() {
      for (const { id, settings } of moving) {
        const old = settings.checkpointLocation
        if (old !== null && old !== location) await removeEmpty(folders.inLocation(old, id))
      }
    },
  }
}

/** A folder for a VM that is being made. Errors: those of `prepareLocations`. */
export async function makeLocationOf(
  machines: Machines,
  vm: { readonly id: VmId; readonly name: string },
  location: string | null,
): Promise<void> {
  if (location === null) return
  const { folders } = machines.deps
  await makeLocation(machines, location)
  await claim(folders, folders.inLocation(location, vm.id), vm.name)
}

/** Takes back what `makeLocationOf` made. */
export async function leaveLocationOf(
  machines: Machines,
  vmId: VmId,
  location: string | null,
): Promise<void> {
  if (location !== null) await removeEmpty(machines.deps.folders.inLocation(location, vmId))
}

/** Removes the folder of a VM in its checkpoint location with all that it holds, if it is this home's. */
export async function removeLocationOf(machines: Machines, document: VmDocument): Promise<void> {
  const { folders } = machines.deps
  if (document.settings.checkpointLocation === null) return
  const place = folders.ofCheckpoints(document)
  if ((await ownershipOfFolder(folders, place)) === 'own') await rm(place, { recursive: true, force: true })
}

function requireNothingHeld(document: VmDocument): void {
  const held = heldBack(document)
  if (held === null) return
  throw new StillpointError(
    'vm_state',
    `The checkpoint location of VM "${document.name}" cannot be changed: ${held}.`,
    { details: { vmId: document.id } },
  )
}

/** What keeps a VM from getting another location, in words; null when nothing does. */
function heldBack(document: VmDocument): string | null {
  const { checkpoints, discarded, keptImages, garbage, retiring, instance, settings, hardware } = document
  const location = settings.checkpointLocation
  if (checkpoints.length > 0) {
    const count = checkpoints.length === 1 ? '1 checkpoint' : `${checkpoints.length} checkpoints`
    return `it has ${count}; delete ${checkpoints.length === 1 ? 'it' : 'them'} first`
  }
  const until = discarded.at(-1)?.expiresAt
  if (until !== undefined)
    return `an apply of it can still be undone, until ${until}; its files lie in the present location`
  if (instance?.loading)
    return 'the memory of an applied checkpoint is still being loaded from the present location; wait for that'
  const layers = Object.values<Layer>(document.layers)
  const isInLocation = ({ file }: Layer) => location !== null && isWithin(location, file)
  const waiting = keptImages.length + garbage.length + retiring.length
  if (waiting > 0 || layers.length > hardware.disks.length || layers.some(isInLocation))
    return 'files of deleted checkpoints are still being merged and removed; wait for that, or go on with it: stillpoint checkpoint merge'
  return null
}

async function makeLocation(machines: Machines, location: string): Promise<void> {
  const refuse = (why: string, cause?: unknown) =>
    new StillpointError('invalid_request', `"${location}" cannot be a checkpoint location: ${why}.`, {
      details: { location },
      cause,
    })
  if (!location.startsWith('/') || resolve(location) !== location)
    throw refuse('give an absolute path, without "..", "." or a slash at its end')
  if (/\p{Cc}/u.test(location)) throw refuse('its path holds control characters')
  if (Buffer.byteLength(location) > longest) throw refuse(`its path has more than ${longest} bytes`)
  const parent = await realpath(dirname(location)).catch((cause) => {
    throw refuse('the folder that it is to lie in does not exist', cause)
  })
  const real = await realpath(location).catch(() => join(parent, basename(location)))
  await requireOutside(machines, real, refuse)
  try {
    await mkdir(location, { mode: 0o700 })
  } catch (error) {
    // What mkdir throws has a code.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw asStorageError(error, `The checkpoint location "${location}" cannot be made`)
  }
  const isFolder = await stat(location).then(
    (found) => found.isDirectory(),
    () => false, // a link that leads nowhere
  )
  if (!isFolder) throw refuse('it is not a folder')
}

/** What is in a VM's folder is removed with the VM. */
async function requireOutside(
  { deps: { inventory, folders } }: Machines,
  real: string,
  refuse: (why: string) => StillpointError,
): Promise<void> {
  const isIn = async (folder: string) => {
    const found = await realpath(folder).catch(() => folder) // one that is not there holds nothing
    return real === found || isWithin(found, real)
  }
  if (await isIn(folders.vms)) throw refuse('it lies among the folders of VMs')
  const places = new Map(
    inventory.all().flatMap((each) => {
      const { checkpointLocation } = each.settings
      return checkpointLocation === null ? [] : [[folders.ofCheckpoints(each), each.name] as const]
    }),
  )
  for (let folder = real; folder !== '/'; folder = resolve(folder, '..')) {
    const name = places.get(folder)
    if (name !== undefined) throw refuse(`it lies in the folder of VM "${name}"`)
  }
}

/** Makes the folder of a VM, unless it is there. Returns whether it was made. */
async function claim(folders: Folders, folder: string, name: string): Promise<boolean> {
  const before = await ownershipOfFolder(folders, folder)
  if (before === 'foreign') {
    throw new StillpointError(
      'vm_state',
      `"${folder}" belongs to a VM of another home folder; VM "${name}" needs another location.`,
      { details: { folder } },
    )
  }
  try {
    for (const each of ['layers', 'memory']) {
      await mkdir(join(folder, each), { recursive: true, mode: 0o700 })
    }
    if (before === 'unreachable') await writeFileDurably(join(folder, ownerFile), await ownerOf(folders))
  } catch (error) {
    throw asStorageError(error, `The folder of VM "${name}" in its checkpoint location cannot be made`)
  }
  return before === 'unreachable'
}

/** Only what is empty: nothing that holds data is ever removed because a setting changed. */
async function removeEmpty(folder: string): Promise<void> {
  const gone = (path: string) => rmdir(path).catch(() => {}) // it holds something, or is not reachable: it stays
  for (const each of ['layers', 'memory', 'tpm']) await gone(join(folder, each))
  const left = await readdir(folder).catch(() => [])
  if (left.length !== 1 || left[0] !== ownerFile) return
  await rm(join(folder, ownerFile), { force: true }).catch(() => {})
  await gone(folder)
}
