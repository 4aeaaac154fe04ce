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

/** The ids from one row to another, both with them, in the order of the list. */
export function spanOf(ids: readonly string[], from: number, to: number): string[] {
  return ids.slice(Math.min(from, to), Math.max(from, to) + 1)
}
