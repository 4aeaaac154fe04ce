import { requireMemoryImage } from '../checkpoint/apply/load-memory.ts'
import { isStillpointError, messageOf } from '../core/error.ts'
import { requireLocation } from '../inventory/checkpoint-location.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Folders } from '../inventory/folders.ts'
import { statesOf } from '../inventory/references.ts'
import type { VmFinding } from './finding.ts'

/** Whether the memory image of every checkpoint is there, with its footer, its index, its devices and its sources. */
export async function checkMemory(folders: Folders, document: VmDocument): Promise<VmFinding[]> {
  const found: VmFinding[] = []
  for (const { name, memory } of statesOf(document)) {
    if (!memory) continue
    const error = await requireMemoryImage(memory).then(
      () => null,
      (reason: unknown) => ({ reason }),
    )
    if (error === null) continue
    // Another error than this one may pass: a file system that does not answer has lost nothing.
    const isLost =
      isStillpointError(error.reason, 'memory_image_invalid') &&
      (await isWithinReach(folders, document, memory.file))
    const isLoading = document.instance?.loading?.file === memory.file
    found.push({
      code: 'memory_image_lost',
      severity: 'error',
      subject: memory.file,
      problem: `The memory of checkpoint "${name}" ${isLost ? 'is lost: its image is missing or damaged' : 'cannot be read'}. Its disks are not affected.`,
      evidence: messageOf(error.reason),
      remedy: !isLost
        ? 'Only you can: see to it that the file can be read.'
        : isLoading
          ? 'Only you can: the guest is being loaded from it just now. Put the file back.'
          : 'Put the file back if you have it. Else the checkpoint becomes one without memory: crash consistent, as after a power failure. What is left of the image is moved to the quarantine.',
      isRepairable: isLost && !isLoading,
    })
  }
  return found
}

/** The folder of the file is known to be the right one: a location that is not mounted has lost nothing. */
async function isWithinReach(folders: Folders, document: VmDocument, file: string): Promise<boolean> {
  if (folders.isInVm(document.id, file)) return true
  const isThere = await requireLocation(folders, document).then(
    () => true,
    () => false,
  )
  return isThere && file.startsWith(`${folders.ofCheckpoints(document)}/`)
}
