import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { DiscardedView } from '../../contract/discarded.ts'

type Kind = CheckpointView['kind']
type Consistency = CheckpointView['record']['consistency']

export const kindWords: Readonly<Record<Kind, string>> = {
  standard: 'Standard',
  production: 'Production',
  offline: 'Offline',
}

export const consistencyWords: Readonly<Record<Consistency, string>> = {
  'exact-memory': 'exact memory',
  application: 'application consistent',
  'file-system': 'file-system consistent',
  crash: 'crash consistent',
}

/** What a consistency means for who applies the checkpoint. */
export const consistencyMeanings: Readonly<Record<Consistency, string>> = {
  'exact-memory': 'Memory and disks of one instant. The guest goes on exactly where it was.',
  application:
    'The applications in the guest had written what they held. The guest starts from its disks, and nothing has to be recovered.',
  'file-system':
    'The file systems were complete. The guest starts from its disks; applications that were at work may have to recover.',
  crash:
    'The disks are as after a power cut. The guest starts from them; file systems and applications recover by their own journals.',
}

/** `Standard · exact memory`; of one that was taken of a VM that had been shut down, `Offline` alone. */
export function badgeOf({ kind, record }: CheckpointView): readonly [kind: string, consistency?: string] {
  const isPlain = kind === 'offline' && record.consistency === 'file-system'
  return isPlain ? [kindWords.offline] : [kindWords[kind], consistencyWords[record.consistency]]
}

export function sizeOf({
  diskBytes,
  memoryBytes,
}: Pick<DiscardedView, 'diskBytes' | 'memoryBytes'>): number | null {
  return diskBytes === null ? null : diskBytes + (memoryBytes ?? 0)
}

const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' })
/** To the minute, for where room is short. */
export function shortDateAndTime(at: string): string {
  return short.format(new Date(at))
}
