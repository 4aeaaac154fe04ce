import { StillpointError } from '../../core/error.ts'
import { formatBytes } from '../../core/units.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Usage } from './usage.ts'

export interface ReachedLimit {
  /** The setting. */
  readonly limit: 'maxCheckpoints' | 'maxCheckpointBytes'
  readonly allowed: number
  readonly present: number
}

const namedInMessages = 3

/**
 * The limit that stands in the way of one more checkpoint; null when none does. Automatic checkpoints and those of a
 * group count like all others. Bases do not count: they would be there without checkpoints.
 */
export function reachedLimit(
  { settings, checkpoints }: Pick<VmDocument, 'settings' | 'checkpoints'>,
  { layerBytes, memoryBytes }: Usage,
): ReachedLimit | null {
  const { maxCheckpoints, maxCheckpointBytes } = settings
  const count = checkpoints.length
  const occupied = layerBytes + memoryBytes
  if (maxCheckpoints !== null && count >= maxCheckpoints)
    return { limit: 'maxCheckpoints', allowed: maxCheckpoints, present: count }
  if (maxCheckpointBytes !== null && occupied >= maxCheckpointBytes)
    return { limit: 'maxCheckpointBytes', allowed: maxCheckpointBytes, present: occupied }
  return null
}

/** `limit_reached`: names the limit, the present value, the oldest checkpoints, and what to do. */
export function limitError(document: VmDocument, { limit, allowed, present }: ReachedLimit): StillpointError {
  const { id: vmId, name, checkpoints, discarded } = document
  const oldest = checkpoints
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
    .slice(0, namedInMessages)
  const state =
    limit === 'maxCheckpoints'
      ? `it has ${present} of at most ${allowed} checkpoints`
      : `its differencing disks and memory images occupy ${formatBytes(present)}, and none is created from ${formatBytes(allowed)} on`
  const oldestWords = oldest.map((each) => `"${each.name}" (${each.createdAt.slice(0, 10)})`).join(', ')
  const kept =
    limit === 'maxCheckpointBytes' && discarded.length > 0
      ? ' What applies have discarded and can still be undone counts too.'
      : ''
  const remedy =
    oldest.length > 0 ? `Delete what is no longer needed; the oldest: ${oldestWords}. Or raise` : 'Raise'
  return new StillpointError(
    'limit_reached',
    `VM "${name}": no checkpoint, because ${state} (setting ${limit}).${kept} ${remedy} the limit: stillpoint vm set "${name}" ${optionOf[limit]}.`,
    {
      details: {
        vmId,
        limit,
        allowed,
        present,
        oldest: oldest.map(({ id, name, createdAt }) => ({ id, name, createdAt })),
      },
    },
  )
}

const optionOf = { maxCheckpoints: '--max-checkpoints N', maxCheckpointBytes: '--max-checkpoint-size SIZE' }
