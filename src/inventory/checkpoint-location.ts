import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { StillpointError } from '../core/error.ts'
import type { VmDocument } from './document.ts'
import { type Folders, isWithin } from './folders.ts'

/**
 * Names the home folder whose VM a folder in a checkpoint location belongs to. Without it, a location that is not
 * mounted would look like an empty one, and a home that was copied would remove files of the original.
 */
export const ownerFile = 'stillpoint-home'

export type Ownership = 'own' | 'foreign' | 'unreachable'

/** What the file says. */
export async function ownerOf(folders: Folders): Promise<string> {
  return `${await realpath(folders.home)}\n`
}

/** To which home the folder of a VM in a checkpoint location belongs; `unreachable` when nothing says so. */
export async function ownershipOfFolder(folders: Folders, folder: string): Promise<Ownership> {
  try {
    const owner = await readFile(join(folder, ownerFile), 'utf8')
    return owner === (await ownerOf(folders)) ? 'own' : 'foreign'
  } catch {
    return 'unreachable' // whatever it is: the message of who needs it says what is missing
  }
}

/** Tells of each file that the record names whether it is the VM's to change and remove. */
export async function ownershipOf(
  folders: Folders,
  document: VmDocument,
): Promise<(file: string) => Ownership> {
  const { checkpointLocation: location } = document.settings
  const place = folders.ofCheckpoints(document)
  const atLocation = location === null ? 'own' : await ownershipOfFolder(folders, place)
  return (file) => {
    if (folders.isInVm(document.id, file)) return 'own'
    return isWithin(place, file) ? atLocation : 'foreign'
  }
}

/** Error: `io_error` when the VM has a checkpoint location that cannot be reached, or is another home's. */
export async function requireLocation(folders: Folders, document: VmDocument): Promise<void> {
  const { checkpointLocation: location } = document.settings
  if (location === null) return
  const place = folders.ofCheckpoints(document)
  const ownership = await ownershipOfFolder(folders, place)
  if (ownership === 'own') return
  throw new StillpointError(
    'io_error',
    ownership === 'foreign'
      ? `"${place}" in the checkpoint location of VM "${document.name}" belongs to another home folder; nothing is written there.`
      : `The checkpoint location "${location}" of VM "${document.name}" cannot be reached: "${join(place, ownerFile)}" is not there. Mount it again.`,
    { details: { vmId: document.id, location } },
  )
}
