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
    ...(old.length > 0 ? [`${old.length} older than ${days(olderThanDays)}`] : []),
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

const days = (count: number) => `${count} ${count === 1 ? 'day' : 'days'}`
