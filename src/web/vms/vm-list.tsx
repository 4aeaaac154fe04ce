// biome-ignore-all lint/a11y/useSemanticElements: rows lie where they are scrolled to, which those of a table cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type MouseEvent, useEffect, useRef } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { useContextMenu } from '../actions/context-menu.tsx'
import { runAction, runByHotkey } from '../actions/run-action.ts'
import { useVmActions } from '../actions/use-vm-actions.ts'
import { useSelection } from '../app/selection.tsx'
import { columns } from './columns.ts'
import { GridHeader } from './grid-header.tsx'
import type { Sort } from './sort.ts'
import { useGridWalk } from './use-grid-walk.ts'
import classes from './vm-grid.module.css'
import { rowElementId, VmGridRow } from './vm-grid-row.tsx'

/** As in vm-grid.module.css. */
const rowHeight = 30

interface Props {
  readonly rows: readonly VmRow[]
  readonly sort: Sort
  onSort(sort: Sort): void
  cpuOf(vmId: string): number | null
  /** The running VMs that are on screen. */
  onVisible(vmIds: readonly string[]): void
}

/** Only the rows that can be seen exist. The list itself has the focus, and names its active row. */
export function VmList({ rows, sort, onSort, cpuOf, onVisible }: Props) {
  const { vmId, vmIds } = useSelection()
  const element = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => element.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    scrollMargin: rowHeight, // the header
    scrollPaddingStart: rowHeight,
  })
  const items = virtualizer.getVirtualItems()
  const walk = useGridWalk(rows, {
    scrollTo: (index) => virtualizer.scrollToIndex(index),
    pageRows: () => Math.max(1, Math.floor((element.current?.clientHeight ?? 0) / rowHeight) - 2),
  })
  const groups = useVmActions()
  const menu = useContextMenu(groups, 'Actions of the virtual machine')

  const visible = items.flatMap(({ index }) => {
    const row = rows[index]
    return row?.state === 'running' ? [row.id] : []
  })
  const visibleKey = visible.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: when others are visible
  useEffect(() => onVisible(visible), [visibleKey, onVisible])

  const chosen = rows[walk.cursor]
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another VM is chosen, here or by a link
  useEffect(() => {
    const { startIndex = 0, endIndex = -1 } = virtualizer.range ?? {}
    const isSeen = startIndex <= walk.cursor && walk.cursor <= endIndex // what was clicked stays under the pointer
    if (walk.cursor >= 0 && !isSeen) virtualizer.scrollToIndex(walk.cursor)
  }, [vmId, virtualizer])

  const indexAt = ({ target }: MouseEvent) => {
    const row = target instanceof Element ? target.closest('[data-vm]') : null
    return row ? Number(row.getAttribute('aria-rowindex')) - 2 : -1
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return // a button of the header
    const active = chosen && document.getElementById(rowElementId(chosen.id))
    if (menu.onKeyDown(event, active)) return walk.choosePointedAt(walk.cursor)
    if (runByHotkey(event, groups) || walk.onKeyDown(event)) event.preventDefault()
  }

  return (
    <>
      <div
        ref={element}
        role="grid"
        aria-label="Virtual machines"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        aria-multiselectable
        aria-activedescendant={
          items.some(({ index }) => index === walk.cursor) && chosen ? rowElementId(chosen.id) : undefined
        }
        tabIndex={0}
        className={classes.grid}
        onKeyDown={onKeyDown}
      >
        <GridHeader sort={sort} onSort={onSort} />
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys are the grid's */}
        <div
          role="rowgroup"
          className={classes.body}
          style={{ height: virtualizer.getTotalSize() }}
          onClick={(event) => walk.onClick(event, indexAt(event))}
          onContextMenu={(event) => {
            walk.choosePointedAt(indexAt(event))
            menu.onContextMenu(event)
          }}
          onDoubleClick={() => {
            const connect = groups[0]?.actions.find(({ id }) => id === 'connect')
            if (connect) runAction(connect)
          }}
        >
          {items.map(({ index, start }) => {
            const row = rows[index]
            return (
              row && (
                <VmGridRow
                  key={row.id}
                  row={row}
                  index={index}
                  top={start - rowHeight}
                  isChosen={vmIds.has(row.id)}
                  isCursor={index === walk.cursor}
                  cpuPercent={cpuOf(row.id)}
                />
              )
            )
          })}
        </div>
      </div>
      {menu.menu}
    </>
  )
}
