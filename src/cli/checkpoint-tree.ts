import type { CheckpointView } from '../contract/checkpoint.ts'

/** A line of the tree, without its details: the drawing, then the checkpoint, or null for Now. */
export interface TreeLine {
  /** What stands before the name: `│  ├─ `. */
  readonly branch: string
  /** What stands before a second line of the same entry. */
  readonly below: string
  readonly checkpoint: CheckpointView | null
}

/**
 * The tree in the order of its lines. Siblings stand in the order of their creation; Now comes last among
 * them, under the checkpoint that it hangs under, or at the top level when there is none.
 */
export function treeLines(checkpoints: readonly CheckpointView[]): TreeLine[] {
  const children = Map.groupBy(checkpoints, (checkpoint) => checkpoint.parentId)
  const nowParentId = checkpoints.find((checkpoint) => checkpoint.isNowParent)?.id ?? null

  function linesUnder(parentId: string | null, indent: string): TreeLine[] {
    const sorted = (children.get(parentId) ?? []).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
    const entries: (CheckpointView | null)[] = parentId === nowParentId ? [...sorted, null] : sorted
    return entries.flatMap((checkpoint, index) => {
      const isLast = index === entries.length - 1
      const inner = `${indent}${isLast ? '   ' : '│  '}`
      const under = checkpoint ? linesUnder(checkpoint.id, inner) : []
      const below = under.length > 0 ? `${inner}│  ` : `${inner}   `
      return [{ branch: `${indent}${isLast ? '└─ ' : '├─ '}`, below, checkpoint }, ...under]
    })
  }

  return linesUnder(null, '')
}

/** How many checkpoints stand under this one. */
export function countBelow(checkpoints: readonly CheckpointView[], id: string): number {
  const children = checkpoints.filter((checkpoint) => checkpoint.parentId === id)
  return children.reduce((sum, child) => sum + 1 + countBelow(checkpoints, child.id), 0)
}
