import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { dayMs } from './forecast.ts'

export interface ReportLimits {
  readonly olderThanDays: number
  readonly moreThan: number
}

export interface Forgotten {
  readonly oldest: Checkpoint
  readonly reasons: readonly string[]
  readonly advice: string
}

/**
 * Why the VM's checkpoints look forgotten, by their number and age, and what to do; null when they do not. One that
 * expires by itself counts all the same: it is named in the advice.
 */
export function forgottenOf(document: VmDocument, limits: ReportLimits, now: Date): Forgotten | null {
  const { checkpoints } = document
  const oldest = checkpoints.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))[0]
  if (!oldest) return null
  const { olderThanDays, moreThan } = limits
  const old = checkpoints.filter(
    ({ createdAt }) => now.getTime() - Date.parse(createdAt) > olderThanDays * dayMs,
  )
  const reasons = [
    ...(checkpoints.length > moreThan ? [`${checkpoints.length} checkpoints, more than ${moreThan}`] : []),
    ...(old.length > 0 ? [`${old.length} older than ${spanOf(olderThanDays)}`] : []),
  ]
  return reasons.length === 0 ? null : { oldest, reasons, advice: adviceOf(document, oldest) }
}

function adviceOf({ name, settings, nowParentId, checkpoints }: VmDocument, oldest: Checkpoint): string {
  const expiring = checkpoints.filter(({ expiresAt }) => expiresAt !== null).length
  const command = `stillpoint checkpoint delete "${name}" "${oldest.name}"`
  const what =
    expiring === checkpoints.length
      ? 'Nothing: all of them expire by themselves.'
      : `Delete what is no longer needed, the oldest first: ${command}.`
  const now = oldest.id === nowParentId ? ' Now hangs under it, and stays as it is when it is deleted.' : ''
  const limit =
    settings.maxCheckpointAgeDays === null && expiring < checkpoints.length
      ? ` To let new ones expire: stillpoint vm set "${name}" --max-checkpoint-age 7.`
      : ''
  return `${what}${now}${limit}`
}

/** In the largest unit in which it is one or more, for the span may be a part of a day. */
function spanOf(days: number): string {
  const [amount, unit] =
    days >= 1 || days === 0 ? [days, 'day'] : days >= 1 / 24 ? [days * 24, 'hour'] : [days * 1440, 'minute']
  const rounded = amount < 1 ? Number(amount.toPrecision(1)) : Math.round(amount * 10) / 10
  return `${rounded} ${rounded === 1 ? unit : `${unit}s`}`
}
