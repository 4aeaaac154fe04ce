import { isDeepStrictEqual } from 'node:util'
import type { VmId } from '../core/ids.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Settings } from '../vm/settings.ts'
import { tagsAfter } from '../vm/tags.ts'
import { type LocationChange, prepareLocations } from './location.ts'
import type { Machines } from './machines.ts'

export interface SettingsChange {
  readonly settings: Partial<Settings>
  /** In place of those that a VM has. */
  readonly tags?: readonly string[] | undefined
  readonly addTags: readonly string[]
  readonly removeTags: readonly string[]
}

export interface ChangedVms {
  readonly changed: VmDocument[]
  /** Those that were so already. */
  readonly unchanged: VmDocument[]
}

/**
 * Changes settings and tags of many VMs in one transaction: all of them or none. It does not wait for operations that
 * work on one: a change takes the record as it is at that moment, and so does whatever an operation records later.
 * In force on return; copies in the VMs' folders follow.
 * Errors: `invalid_request` for too many tags; where the checkpoint location changes, those of `prepareLocations`.
 */
export async function changeVms(
  machines: Machines,
  vmIds: readonly VmId[],
  change: SettingsChange,
): Promise<ChangedVms> {
  const { inventory } = machines.deps
  const edited = (document: VmDocument): VmDocument => ({
    ...document,
    settings: { ...document.settings, ...change.settings },
    tags: tagsAfter(document, change),
  })
  const location = change.settings.checkpointLocation
  const moving: LocationChange | null =
    location === undefined ? null : await prepareLocations(machines, vmIds, location)
  try {
    // From here to the end of the transaction nothing else runs.
    moving?.requireStill()
    const isChanged = ({ settings, tags }: VmDocument, after: VmDocument) =>
      !isDeepStrictEqual([settings, tags], [after.settings, after.tags])
    const present = vmIds.map((vmId) => inventory.get(vmId))
    const differing = present.filter((document) => isChanged(document, edited(document)))
    const changed = inventory.changeAllNow(
      differing.map(({ id }) => id),
      edited,
    )
    const ids = new Set(changed.map(({ id }) => id))
    await moving?.leaveOld()
    return { changed, unchanged: present.filter(({ id }) => !ids.has(id)) }
  } catch (error) {
    await moving?.undo()
    throw error
  }
}
