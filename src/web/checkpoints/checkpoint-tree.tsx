import { useElementSize, useMergedRef } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type MouseEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { useContextMenu } from '../actions/context-menu.tsx'
import { nowId } from '../app/main-search.ts'
import { useSelection } from '../app/selection.tsx'
import { useCheckpointActions } from './checkpoint-actions.ts'
import { CheckpointRow } from './checkpoint-row.tsx'
import classes from './checkpoint-tree.module.css'
import { setRenamed, useRenamed } from './rename-state.ts'
import type { TreeItem } from './tree-item.ts'
import { layOut } from './tree-layout.ts'
import { lanesFor, rowHeight } from './tree-lines.tsx'
import { useTreeKeys } from './use-tree-keys.ts'

interface Props {
  readonly vm: VmRow
  readonly items: readonly TreeItem[]
  onOpenDetails(): void
}

/** Fewer rows are all drawn; of more, only those that are seen. */
const mostDrawn = 150
const headHeight = 28

/**
 * The tree, walked by keys as any other. It holds the focus itself and names the chosen row (aria-activedescendant), so
 * that the focus is not lost with a row that is scrolled away or deleted.
 */
export function CheckpointTree({ vm, items, onOpenDetails }: Props) {
  const { checkpointId, selectCheckpoint } = useSelection()
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const renamed = useRenamed()
  const group = useCheckpointActions()
  const {
    menu,
    onContextMenu,
    onKeyDown: onMenuKey,
  } = useContextMenu(group ? [group] : [], 'Checkpoint actions')
  const scroll = useRef<HTMLDivElement>(null)
  const tree = useRef<HTMLDivElement>(null)
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>()
  const scrollRef = useMergedRef(scroll, sizeRef)
  const treeId = useId()

  const rows = useMemo(() => layOut(items, collapsed), [items, collapsed])
  const lanes = useMemo(
    () =>
      lanesFor(
        rows.reduce((deepest, { lane }) => Math.max(deepest, lane), 0),
        width || 600,
      ),
    [rows, width],
  )
  const index = rows.findIndex(({ item }) => item.id === checkpointId)
  const shown = useShownRows(rows.length, index, scroll)
  const elementId = (id: string) => `${treeId}-${id}`

  const toggle = useCallback(
    (id: string) =>
      setCollapsed((old) => {
        const next = new Set(old)
        if (!next.delete(id)) next.add(id)
        return next
      }),
    [],
  )
  const endRename = useCallback(() => {
    setRenamed(null)
    tree.current?.focus({ preventScroll: true })
  }, [])

  // A field that went with its tree saves nothing, and does not come back with it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tree of another VM is another tree
  useEffect(() => () => setRenamed(null), [vm.id])

  // What is chosen is never hidden: the branch that it is in closes around its head.
  useEffect(() => {
    if (checkpointId === null || index >= 0) return
    const byId = new Map(items.map((item) => [item.id, item]))
    const seen = new Set<string>()
    let at = byId.get(checkpointId)
    while (at && !seen.has(at.id)) {
      seen.add(at.id)
      if (rows.some(({ item }) => item.id === at?.id)) return selectCheckpoint(at.id)
      at = at.parentId === null ? undefined : byId.get(at.parentId)
    }
  }, [checkpointId, index, items, rows, selectCheckpoint])

  // A tree that is opened shows what is chosen, else Now; later the chosen row is kept in view.
  const hasRows = rows.length > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: not when rows come and go
  useEffect(() => {
    const at = index >= 0 ? index : rows.findIndex(({ item }) => item.id === nowId)
    if (scroll.current) bringIntoView(scroll.current, at)
  }, [vm.id, checkpointId, hasRows])

  const onKeyDown = useTreeKeys({
    rows,
    index,
    actions: group?.actions ?? [],
    onGo: (to) => {
      const row = rows[to]
      if (row) selectCheckpoint(row.item.id)
    },
    onToggle: toggle,
    onOpen: onOpenDetails,
  })

  const rowOf = ({ target }: MouseEvent) =>
    (target instanceof Element && target.closest<HTMLElement>('[data-row]')?.dataset.row) || null
  const active = index >= 0 ? rows[index] : undefined
  return (
    <div ref={scrollRef} className={classes.scroll}>
      <div className={classes.head} aria-hidden="true">
        <span>Name</span>
        <span className={classes.state}>State</span>
        <span className={classes.created}>Created</span>
        <span className={classes.size}>Size</span>
        <span className={classes.paused}>Paused</span>
        <span className={classes.frozen}>Frozen</span>
      </div>
      <div
        ref={tree}
        role="tree"
        tabIndex={0}
        className={classes.tree}
        aria-label={`Checkpoints of ${vm.name}`}
        aria-activedescendant={active && elementId(active.item.id)}
        style={{ height: rows.length * rowHeight }}
        onKeyDown={(event) => {
          if (event.target !== event.currentTarget) return
          const anchor = active && document.getElementById(elementId(active.item.id))
          if (!group || !onMenuKey(event, anchor)) onKeyDown(event)
        }}
        onClick={(event) => {
          const id = rowOf(event)
          if (id !== null) selectCheckpoint(id)
        }}
        onDoubleClick={(event) => {
          if (rowOf(event) !== null) onOpenDetails()
        }}
        onContextMenu={(event) => {
          const id = rowOf(event)
          if (id === null) return
          tree.current?.focus({ preventScroll: true })
          selectCheckpoint(id)
          onContextMenu(event)
        }}
      >
        {shown.map((at) => {
          const row = rows[at]
          if (!row) return null
          const { id } = row.item
          return (
            <CheckpointRow
              key={id}
              id={elementId(id)}
              row={row}
              index={at}
              lanes={lanes}
              vm={vm}
              isSelected={at === index}
              isRenamed={renamed === id}
              onToggle={toggle}
              onRenamed={endRename}
            />
          )
        })}
      </div>
      {menu}
    </div>
  )
}

/** Places of the rows that are to be drawn; the chosen one is always among them, as the tree refers to it. */
function useShownRows(count: number, index: number, scroll: { current: HTMLElement | null }): number[] {
  const isLong = count > mostDrawn
  const virtualizer = useVirtualizer({
    count,
    enabled: isLong,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    scrollMargin: headHeight,
    overscan: 12,
  })
  if (!isLong) return Array.from({ length: count }, (_, at) => at)
  const seen = virtualizer.getVirtualItems().map((item) => item.index)
  return index < 0 || seen.includes(index) ? seen : [...seen, index].sort((a, b) => a - b)
}

function bringIntoView(scroll: HTMLElement, index: number): void {
  if (index < 0) return
  const top = index * rowHeight
  const view = scroll.clientHeight - headHeight
  if (top < scroll.scrollTop) scroll.scrollTop = top
  else if (top + rowHeight > scroll.scrollTop + view) scroll.scrollTop = top + rowHeight - view
}
