import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { useSelection } from '../app/selection.tsx'
import { StateShape } from './state-mark.tsx'
import { stateWords } from './status.ts'
import classes from './vm-nav.module.css'
import sidebar from './vm-sidebar.module.css'

/** As in vm-nav.module.css. */
const rowHeight = 28

/** The VMs of the host by name, to go to one of them. Only those that can be seen exist. */
export function VmNav({ rows }: { rows: readonly VmRow[] }) {
  const { vmId, selectVms } = useSelection()
  const scroll = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 4,
  })
  const chosen = rows.findIndex(({ id }) => id === vmId)
  useEffect(() => {
    if (chosen >= 0) virtualizer.scrollToIndex(chosen)
  }, [chosen, virtualizer])

  if (rows.length === 0) return null
  return (
    <nav aria-labelledby="vm-nav" className={classes.nav}>
      <h2 id="vm-nav" className={sidebar.heading}>
        Virtual machines
      </h2>
      <div ref={scroll} className={classes.scroll}>
        <ul className={classes.list} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const row = rows[index]
            return (
              row && (
                <li
                  key={row.id}
                  className={classes.item}
                  style={{ top: start }}
                  aria-setsize={rows.length}
                  aria-posinset={index + 1}
                >
                  <button
                    type="button"
                    className={sidebar.tag}
                    aria-current={row.id === vmId}
                    title={`${row.name}: ${stateWords[row.state]}`}
                    onClick={() => selectVms([row.id])}
                  >
                    <StateShape state={row.state} />
                    <span className={sidebar.cut}>{row.name}</span>
                  </button>
                </li>
              )
            )
          })}
        </ul>
      </div>
    </nav>
  )
}
