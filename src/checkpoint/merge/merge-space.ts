import { allocatedBytes } from '../../core/durable-file.ts'
import { type FileSpace, requireSpaceFor } from '../../core/free-space.ts'
import { MIB } from '../../core/units.ts'
import type { Merge } from './merge.ts'

/** Tables and counts of the layer that grows. */
const tablesBytes = MIB
/** Guests need some for their own writes: one whose write finds no space stands still. */
const leftForGuestsBytes = 16 * MIB

/** What a merge takes before it gives anything back: never more than the layer that grows lacks of its disk's size. */
export async function spaceOfMerge({ direction, lower, child, copyBytes }: Merge): Promise<FileSpace[]> {
  const { file, virtualSizeBytes } = direction === 'down' ? lower : child
  const lacksBytes = Math.max(0, virtualSizeBytes - ((await allocatedBytes(file)) ?? 0))
  const bytes = Math.min(copyBytes, lacksBytes)
  if (bytes === 0) return []
  return [
    { file, what: 'data to merge', bytes: bytes + tablesBytes },
    { file, what: 'left for the guests', bytes: leftForGuestsBytes },
  ]
}

/** Refuses a merge that will not fit. Error: `disk_full` with the sum. */
export async function requireSpaceForMerge(merge: Merge): Promise<void> {
  await requireSpaceFor(await spaceOfMerge(merge))
}
