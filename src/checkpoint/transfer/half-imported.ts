import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFile, syncPath, writeFileDurably } from '../../core/durable-file.ts'
import { messageOf } from '../../core/error.ts'
import { asId, type VmId } from '../../core/ids.ts'
import type { Log } from '../../core/log.ts'
import type { Folders } from '../../inventory/folders.ts'
import type { Inventory } from '../../inventory/inventory.ts'

/** In the folder of a VM that is being imported, until the VM is on record. */
const markFile = 'importing.json'

/** Before anything else is in the folder. */
export async function markImport(folders: Folders, vmId: VmId, from: string): Promise<void> {
  await writeFileDurably(join(folders.vm(vmId), markFile), `${JSON.stringify({ from })}\n`)
  await syncPath(folders.vms)
}

/** The VM is on record. */
export async function unmarkImport(folders: Folders, vmId: VmId): Promise<void> {
  await removeFile(join(folders.vm(vmId), markFile))
}

/**
 * Removes what imports left behind that were cut off before their VM was on record. A folder with a record in it, or
 * in the inventory, is a VM and stays. For the start of the daemon, before anything can be imported.
 */
export async function removeHalfImported(folders: Folders, inventory: Inventory, log: Log): Promise<void> {
  const entries = await readdir(folders.vms).catch(() => []) // a new home has none
  for (const entry of entries) {
    const vmId = asId<VmId>(entry)
    try {
      const content = await readdir(folders.vm(vmId))
      if (!content.includes(markFile)) continue
      if (inventory.has(vmId)) await unmarkImport(folders, vmId)
      else if (!content.includes('vm.json')) {
        await rm(folders.vm(vmId), { recursive: true, force: true, maxRetries: 3 })
        log.warn({ vmId }, 'an import was cut off; what it had copied was removed')
      }
    } catch (error) {
      log.warn({ vmId, reason: messageOf(error) }, 'what an import left behind could not be removed')
    }
  }
}
