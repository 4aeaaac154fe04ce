import { StillpointError } from '../../core/error.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Settings } from '../../vm/settings.ts'

const dayMs = 86_400_000

/** When a new checkpoint expires unless something else was said; null: never. */
export function defaultExpiry({ maxCheckpointAgeDays }: Settings, now: Date): string | null {
  if (maxCheckpointAgeDays === null) return null
  return new Date(now.getTime() + maxCheckpointAgeDays * dayMs).toISOString()
}

/** Error: `invalid_request` for a time that has passed: whoever wants that deletes the checkpoint. */
export function requireFuture(expiresAt: string, now: Date): void {
  if (Date.parse(expiresAt) > now.getTime()) return
  throw new StillpointError(
    'invalid_request',
    `A checkpoint cannot expire at ${expiresAt}: that has passed (it is ${now.toISOString()}). Delete the checkpoint, or name a later time.`,
  )
}

/** Oldest date first. */
export function expiredCheckpoints({ checkpoints }: VmDocument, now: Date): Checkpoint[] {
  return checkpoints
    .filter(({ expiresAt }) => expiresAt !== null && Date.parse(expiresAt) <= now.getTime())
    .toSorted((a, b) => dateOf(a) - dateOf(b))
}

const dateOf = ({ expiresAt }: Checkpoint) =>
  expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)

/** When the first checkpoint or discarded state of these VMs expires, in ms since 1970; infinity when nothing does. */
export function nextExpiry(documents: readonly VmDocument[]): number {
  let first = Number.POSITIVE_INFINITY
  for (const { checkpoints, discarded } of documents) {
    for (const checkpoint of checkpoints) first = Math.min(first, dateOf(checkpoint))
    for (const { expiresAt } of discarded) first = Math.min(first, Date.parse(expiresAt))
  }
  return first
}
