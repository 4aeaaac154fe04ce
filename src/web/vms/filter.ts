import type { VmRow } from '../../contract/vm.ts'
import { nameKey } from '../../vm/name.ts'
import { hasWildcards, nameMatcher } from '../../vm/wildcard.ts'

export interface Filter {
  /** Part of a name or of a tag, or a pattern for a whole one, as the command line has them. */
  readonly text: string
  readonly tag: string | null
}

/** The VMs that a filter lets through, in their order; the very same list when it narrows nothing. */
export function filtered(rows: readonly VmRow[], { text, tag }: Filter): readonly VmRow[] {
  const wanted = text.trim()
  if (wanted === '' && tag === null) return rows
  const isWanted = wanted === '' ? () => true : textMatcher(wanted)
  const tagKey = tag === null ? null : nameKey(tag)
  return rows.filter(
    ({ name, tags }) =>
      (tagKey === null || tags.some((each) => nameKey(each) === tagKey)) &&
      (isWanted(name) || tags.some(isWanted)),
  )
}

/** A name may hold the characters of patterns: it is found by its letters too. */
function textMatcher(wanted: string): (text: string) => boolean {
  const key = nameKey(wanted)
  const matches = hasWildcards(wanted) ? nameMatcher(wanted) : () => false
  return (text) => nameKey(text).includes(key) || matches(text)
}

export interface TagCount {
  readonly tag: string
  readonly count: number
}

/** Each tag once, whatever its case, in the order of their names. */
export function tagCounts(rows: readonly VmRow[]): TagCount[] {
  const counts = new Map<string, TagCount>()
  for (const { tags } of rows) {
    for (const key of new Set(tags.map(nameKey))) {
      const old = counts.get(key)
      const tag = old?.tag ?? tags.find((each) => nameKey(each) === key) ?? key
      counts.set(key, { tag, count: (old?.count ?? 0) + 1 })
    }
  }
  return [...counts.values()].sort((a, b) => a.tag.localeCompare(b.tag, 'en', { numeric: true }))
}
