/** Where a key leads in a list of `count` rows, of which a page shows `pageRows`; null: it leads nowhere. */
export function nextIndex(key: string, at: number, count: number, pageRows: number): number | null {
  if (count === 0) return null
  const within = (index: number) => Math.min(count - 1, Math.max(0, index))
  switch (key) {
    case 'ArrowDown':
      return within(at + 1)
    case 'ArrowUp':
      return within(at < 0 ? 0 : at - 1)
    case 'PageDown':
      return within(Math.max(at, 0) + pageRows)
    case 'PageUp':
      return within(at - pageRows)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}

/**
 * The first name that begins with what was typed, from `at` on and round; one more letter goes on from the same row,
 * the same letter again goes to the next. -1: none.
 */
export function typedIndex(names: readonly string[], typed: string, at: number): number {
  const letters = [...typed]
  const isRepeated = letters.length > 1 && letters.every((letter) => letter === letters[0])
  const wanted = (isRepeated ? (letters[0] ?? '') : typed).toLocaleLowerCase('en')
  const from = Math.max(at, 0) + (letters.length === 1 || isRepeated ? 1 : 0)
  for (let step = 0; step < names.length; step++) {
    const index = (from + step) % names.length
    if (names[index]?.toLocaleLowerCase('en').startsWith(wanted)) return index
  }
  return -1
}

/** The ids from one row to another, both with them, in the order of the list. */
export function spanOf(ids: readonly string[], from: number, to: number): string[] {
  return ids.slice(Math.min(from, to), Math.max(from, to) + 1)
}
