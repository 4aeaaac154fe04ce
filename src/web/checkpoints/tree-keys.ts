import type { TreeRow } from './tree-layout.ts'

/** What a key does in a tree. */
export type Move =
  | { readonly kind: 'go'; readonly index: number }
  | { readonly kind: 'expand' | 'collapse'; readonly id: string }

/** Rows that Page Up and Page Down pass. */
const page = 10

/**
 * As the tree pattern of WAI-ARIA has it; null: the key is not for the tree, or there is nowhere to go.
 *
 * | key | does |
 * |---|---|
 * | Down, Up | the next row, the one before |
 * | Right | expands; on an expanded row: its first child |
 * | Left | collapses; on a collapsed row, or one without children: its parent |
 * | Home, End | the first row, the last |
 */
export function moveOf(key: string, rows: readonly TreeRow[], index: number): Move | null {
  const last = rows.length - 1
  const row = rows[index]
  if (last < 0) return null
  const go = (to: number): Move => ({ kind: 'go', index: Math.max(0, Math.min(last, to)) })
  switch (key) {
    case 'ArrowDown':
      return go(index + 1)
    case 'ArrowUp':
      return go(index - 1)
    case 'PageDown':
      return go(index + page)
    case 'PageUp':
      return go(index - page)
    case 'Home':
      return go(0)
    case 'End':
      return go(last)
    case 'ArrowRight':
      if (!row || row.isExpanded === null) return null
      return row.isExpanded ? go(index + 1) : { kind: 'expand', id: row.item.id }
    case 'ArrowLeft': {
      if (!row) return null
      if (row.isExpanded) return { kind: 'collapse', id: row.item.id }
      const parent = rows.findIndex(({ item }) => item.id === row.item.parentId)
      return parent < 0 ? null : go(parent)
    }
    default:
      return null
  }
}
