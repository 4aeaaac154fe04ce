import { MIB } from '../../../core/units.ts'
import { limits } from '../../../vm/config.ts'
import { problemOfCpus, problemOfMemory, problemOfName, problemOfPath } from '../new-vm/draft.ts'
import type { Draft, Key } from './values.ts'

export type Problems = Readonly<Partial<Record<Key, string>>>

/** What keeps changes from being sent, by field. What only the daemon can know, it says itself. */
export function problemsOf(changes: Draft): Problems {
  const problems: [Key, string | null][] = Object.entries(changes).map(([key, value]) => [
    key as Key, // of Draft
    value === null ? null : (rules[key as Key]?.(value as never) ?? null), // the rule's own type of value
  ])
  return Object.fromEntries(problems.filter(([, problem]) => problem !== null))
}

type Rules = { readonly [K in Key]?: (value: NonNullable<Draft[K]>) => string | null }

const rules: Rules = {
  name: problemOfName,
  tags: problemOfTags,
  addTags: problemOfTags,
  removeTags: problemOfTags,
  memoryMiB: (memoryMiB) => problemOfMemory(memoryMiB * MIB),
  cpus: problemOfCpus,
  freezeBudgetMs: within('freezeBudgetMs', ' ms'),
  undoHours: within('undoHours', ' h'),
  maxCheckpoints: within('maxCheckpoints', ''),
  maxCheckpointAgeDays: within('maxCheckpointAgeDays', ' days'),
  maxCheckpointBytes: (sizeBytes) => (Number.isNaN(sizeBytes) ? 'Write it as 100 GiB.' : null),
  mergeBandwidthMiBps: within('mergeBandwidthMiBps', ' MiB/s'),
  mergeQuietHours: (span) => (/^\d\d:\d\d-\d\d:\d\d$/.test(span) ? null : 'Both times, as 22:00 and 06:00.'),
  checkpointLocation: problemOfPath,
}

function within(
  key: 'freezeBudgetMs' | 'undoHours' | 'maxCheckpoints' | 'maxCheckpointAgeDays' | 'mergeBandwidthMiBps',
  unit: string,
): (value: number) => string | null {
  // No hours at all are the switch beside the field.
  const { min, max } = key === 'undoHours' ? { ...limits[key], min: 0 } : limits[key]
  return (value) =>
    Number.isInteger(value) && value >= min && value <= max
      ? null
      : `A whole number, ${min} to ${max.toLocaleString('en')}${unit}.`
}

function problemOfTags(tags: readonly string[]): string | null {
  const { count, length } = limits.tags
  if (tags.length > count) return `At most ${count} tags.`
  const long = tags.find((tag) => tag.trim().length > length)
  return long === undefined ? null : `"${long.slice(0, 20)}…" has more than ${length} characters.`
}
