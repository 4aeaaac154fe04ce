import type { CheckpointView } from '../contract/checkpoint.ts'
import { messageOf } from '../core/error.ts'
import type { Context } from './context.ts'
import { localTime, milliseconds, plain } from './format.ts'
import { readUserSettings } from './user-settings.ts'

/** What was reached, in words. */
export function consistencyWords(checkpoint: CheckpointView): string {
  return {
    'exact-memory': 'the exact state, memory included',
    application: 'application consistent',
    'file-system': 'file-system consistent',
    crash: 'crash consistent',
  }[checkpoint.record.consistency]
}

/** `PostgreSQL 15.13 (ready in 12 ms)`, or what failed, for each that the hooks in the guest know. */
export function applicationWords({ record }: CheckpointView): string[] {
  return record.applications.map(({ name, outcome, prepareMs, detail }) =>
    plain(
      outcome === 'consistent'
        ? `${name} ${detail} (ready in ${milliseconds(prepareMs)})`
        : `${name}: failed, ${detail}`,
    ),
  )
}

/** `paused 3.4 ms, frozen 41.2 ms`; empty for a VM that was off, and without a pause where nothing paused. */
export function timings({ record }: CheckpointView): string {
  const parts = []
  if (record.pauseMs) parts.push(`paused ${milliseconds(record.pauseMs)}`)
  if (record.frozenMs !== null) parts.push(`frozen ${milliseconds(record.frozenMs)}`)
  return parts.join(', ')
}

/** Says what a new checkpoint is: what was asked for silently, anything less as a warning. */
export function reportCheckpoint(context: Context, checkpoint: CheckpointView, what = 'Created'): void {
  const { id, kind, name } = checkpoint
  const times = timings(checkpoint)
  context.say(`${what} the ${kind} checkpoint "${name}" (${id}).`)
  context.say(`Reached: ${consistencyWords(checkpoint)}${times && `; the guest was ${times}`}.`)
  if (checkpoint.expiresAt !== null) context.say(`It is deleted after ${localTime(checkpoint.expiresAt)}.`)
  if (kind === 'production' && !context.isJson) sayProductionNotice(context)
  const consistent = checkpoint.record.applications.filter(({ outcome }) => outcome === 'consistent')
  if (consistent.length > 0) {
    context.say(`Consistent applications: ${plain(consistent.map((each) => each.name).join(', '))}.`)
  }
  for (const text of checkpointWarnings(checkpoint)) warn(context, text)
}

/** What a checkpoint has less of than one may expect, and why. */
export function checkpointWarnings({ record }: CheckpointView): string[] {
  const texts = record.applications
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ name, detail }) => `not application consistent: ${name}: ${detail}`)
  if (record.fallbackReason !== null) {
    texts.push(`not the kind that the policy ${record.policy} prefers: ${record.fallbackReason}`)
  }
  if (record.captureReason !== null) {
    texts.push(`the guest stood still while its memory was saved: ${record.captureReason}`)
  }
  if (record.consistency === 'crash') texts.push('applying it is like starting after a power failure')
  return texts
}

/** Users can turn it off, each for himself. */
function sayProductionNotice(context: Context): void {
  let isWanted = true
  try {
    isWanted = readUserSettings(context.system).productionNotice
  } catch (error) {
    // The checkpoint is there: what is wrong with the settings must not look like a failure of it.
    warn(context, messageOf(error))
  }
  if (isWanted) {
    context.say('Backup technology in the guest was used to create it.')
  }
}

export function warn(context: Context, text: string): void {
  context.say(`${context.paint('yellow', 'warning:')} ${plain(text)}`)
}
