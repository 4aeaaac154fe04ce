import type { TreeItem } from './tree-item.ts'

/** `accent`: on the way from the root to Now; `faint`: leads to discarded states alone. */
export type Tone = 'line' | 'accent' | 'faint'

export interface RowLines {
  /** Lanes left of the row's own that pass by, with their tones. */
  readonly through: readonly { readonly lane: number; readonly tone: Tone }[]
  /** From the parent: straight down when its lane is the row's, else around a corner. Null at a root. */
  readonly into: {
    readonly lane: number
    readonly tone: Tone
    /** Of the parent's lane above the corner, and below it; null: it ends here. */
    readonly above: Tone
    readonly below: Tone | null
  } | null
  /** From the node downwards, to its first child. */
  readonly out: Tone | null
}

export interface TreeRow {
  readonly item: TreeItem
  /** How far to the right it stands: 0 is the edge. */
  readonly lane: number
  /** Of the tree as it is, from 1; a chain without branches is deep and stays in one lane. */
  readonly level: number
  /** Among its siblings, from 1. */
  readonly position: number
  readonly setSize: number
  readonly childCount: number
  /** Null without children. */
  readonly isExpanded: boolean | null
  /** All below it that a collapse hides. */
  readonly hiddenCount: number
  readonly isOnNowPath: boolean
  readonly lines: RowLines
}

interface Place {
  readonly item: TreeItem
  readonly lane: number
  readonly level: number
  readonly position: number
  readonly setSize: number
  readonly into: RowLines['into']
}

/**
 * Rows of the tree, parents before children, siblings as they are given. Drawn like this: the last child goes on
 * straight below its parent, the others turn off to the right, each with all below it.
 *
 *   ● A            1. Every row's children are gathered; one whose parent is not there is a root.
 *   ├─● B          2. The way from Now to its root is marked.
 *   │ ├─● C        3. Rows are taken from a stack, so that depth costs no calls. `open` holds, for each lane,
 *   │ ● D             the line that goes on below the row that was taken last.
 *   ● E
 *
 * So a chain stays in one lane, and Now hangs straight under its parent. A discarded state always turns off.
 */
export function layOut(items: readonly TreeItem[], collapsed: ReadonlySet<string>): TreeRow[] {
  const byId = new Map(items.map((item) => [item.id, item]))
  const children = Map.groupBy(items, ({ parentId }) =>
    parentId !== null && byId.has(parentId) ? parentId : null,
  )
  const onPath = pathToNow(items, byId)
  const toneOf = ({ id, kind }: TreeItem): Tone =>
    onPath.has(id) ? 'accent' : kind === 'discarded' ? 'faint' : 'line'

  const rows: TreeRow[] = []
  const open: (Tone | null)[] = []
  const roots = children.get(null) ?? []
  const stack = roots
    .map(
      (item, index): Place => ({
        item,
        lane: 0,
        level: 1,
        position: index + 1,
        setSize: roots.length,
        into: null,
      }),
    )
    .reverse()

  for (let place = stack.pop(); place; place = stack.pop()) {
    const { into, ...rest } = place
    const { item, lane, level } = rest
    const all = children.get(item.id) ?? []
    const isExpanded = all.length === 0 ? null : !collapsed.has(item.id)
    const shown = isExpanded ? all : []
    const below = tonesBelow(shown.map(toneOf))
    const out = below[0] ?? null

    open.length = lane
    if (into) open[into.lane] = into.below
    const passing = into && into.lane < lane ? into.lane : lane
    rows.push({
      ...rest,
      childCount: all.length,
      isExpanded,
      hiddenCount: isExpanded === false ? countBelow(item.id, children) : 0,
      isOnNowPath: onPath.has(item.id),
      lines: {
        through: open.slice(0, passing).flatMap((tone, at) => (tone ? [{ lane: at, tone }] : [])),
        into,
        out,
      },
    })
    open[lane] = out

    for (const [index, child] of [...shown.entries()].reverse()) {
      const isStraight = index === shown.length - 1 && child.kind !== 'discarded'
      stack.push({
        item: child,
        lane: isStraight ? lane : lane + 1,
        level: level + 1,
        position: index + 1,
        setSize: shown.length,
        into: {
          lane,
          tone: toneOf(child),
          above: below[index] ?? 'line',
          below: isStraight ? null : (below[index + 1] ?? null),
        },
      })
    }
  }
  return rows
}

/** For each child, the tone of the parent's line above it: it leads to it and to all that follow. */
function tonesBelow(tones: readonly Tone[]): Tone[] {
  const strength: readonly Tone[] = ['faint', 'line', 'accent']
  let strongest = 0
  return tones
    .toReversed()
    .map((tone) => {
      strongest = Math.max(strongest, strength.indexOf(tone))
      return strength[strongest] ?? 'line'
    })
    .reverse()
}

function pathToNow(items: readonly TreeItem[], byId: ReadonlyMap<string, TreeItem>): Set<string> {
  const path = new Set<string>()
  let at = items.find(({ kind }) => kind === 'now')
  while (at && !path.has(at.id)) {
    path.add(at.id)
    at = at.parentId === null ? undefined : byId.get(at.parentId)
  }
  return path
}

function countBelow(id: string, children: ReadonlyMap<string | null, readonly TreeItem[]>): number {
  const found = [...(children.get(id) ?? [])]
  for (const item of found) for (const child of children.get(item.id) ?? []) found.push(child)
  return found.length
}
