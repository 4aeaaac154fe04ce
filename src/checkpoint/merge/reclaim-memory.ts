import { messageOf } from '../../core/error.ts'
import type { VmId } from '../../core/ids.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { imagesInUse } from '../../inventory/memory-images.ts'
import type { Machines } from '../../machine/machines.ts'
import { reclaim } from '../../memory/reclaim/reclaim.ts'

/**
 * Memory images whose checkpoint was deleted and of which others still hold pages: what nobody reads of them
 * is given back to the file system. Which were looked at, and for which images, is remembered while the daemon runs.
 */
export class MemoryReclaimer {
  readonly #machines: Machines
  /** Per file, the images that read it when it was last looked at. */
  readonly #done = new Map<string, string>()

  constructor(machines: Machines) {
    this.#machines = machines
  }

  /** Files that should be looked at. */
  waiting(document: VmDocument): string[] {
    const users = imagesInUse(document).map(({ file }) => file)
    const key = keyOf(users)
    // One that a guest is being loaded from is read as a whole.
    const { leases } = this.#machines
    return document.keptImages.filter(
      (file) => !users.includes(file) && !leases.hasFile(document.id, file) && this.#done.get(file) !== key,
    )
  }

  /** Runs inside the VM's turn. */
  async run(vmId: VmId, signal: AbortSignal): Promise<void> {
    const { inventory, log } = this.#machines.deps
    const document = inventory.get(vmId)
    const files = this.waiting(document)
    if (files.length === 0) return
    const users = imagesInUse(document).map(({ file }) => file)
    try {
      const reclaimed = await reclaim({ files, images: users }, signal)
      log.info({ vmId, reclaimed }, 'what no memory image reads any more was given back')
    } catch (error) {
      signal.throwIfAborted()
      // It costs space, nothing else; and what cannot be read must not be taken for needless.
      log.warn({ vmId, reason: messageOf(error) }, 'space of memory images could not be given back')
    }
    for (const file of files) this.#done.set(file, keyOf(users))
  }
}

const keyOf = (files: readonly string[]) => files.toSorted().join('\n')
