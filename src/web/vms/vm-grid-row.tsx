// biome-ignore-all lint/a11y/useSemanticElements: rows lie where they are scrolled to, which those of a table cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row
import { type CSSProperties, memo } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { MIB } from '../../core/units.ts'
import { bytes, uptime } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { StateMark } from './state-mark.tsx'
import { statusOf } from './status.ts'
import classes from './vm-grid.module.css'

interface Props {
  readonly row: VmRow
  readonly index: number
  readonly top: number
  readonly isChosen: boolean
  readonly isCursor: boolean
  readonly cpuPercent: number | null
}

/** The id of a row's element, by which the grid names its active row. */
export const rowElementId = (vmId: string) => `vm-row-${vmId}`

/** One VM of the list. Clicks are answered by the list, so that a row is drawn anew only when it shows something else. */
export const VmGridRow = memo(function VmGridRow({ row, index, top, isChosen, isCursor, cpuPercent }: Props) {
  const place: CSSProperties = { transform: `translateY(${top}px)` }
  return (
    <div
      id={rowElementId(row.id)}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      className={classes.row}
      data-vm={row.id}
      data-cursor={isCursor || undefined}
      style={place}
    >
      <div role="rowheader" aria-colindex={1} className={classes.cell} data-column="name">
        <span className={classes.cut} title={row.name}>
          {row.name}
        </span>
      </div>
      <div role="gridcell" aria-colindex={2} className={classes.cell} data-column="state">
        <StateMark state={row.state} />
      </div>
      <div role="gridcell" aria-colindex={3} className={classes.cell} data-column="cpu" data-number>
        {row.state === 'running' && (cpuPercent === null ? '–' : `${Math.round(cpuPercent)}%`)}
      </div>
      <div
        role="gridcell"
        aria-colindex={4}
        className={classes.cell}
        data-column="memory"
        data-number
        data-quiet={row.state === 'off' || undefined}
      >
        {bytes(row.memoryMiB * MIB)}
      </div>
      <div role="gridcell" aria-colindex={5} className={classes.cell} data-column="uptime" data-number>
        {row.startedAt !== null && row.state !== 'off' && <Uptime startedAt={row.startedAt} />}
      </div>
      <StatusCell row={row} />
      <div role="gridcell" aria-colindex={7} className={classes.cell} data-column="checkpoints" data-number>
        {row.checkpointCount > 0 && row.checkpointCount}
      </div>
      <div role="gridcell" aria-colindex={8} className={classes.cell} data-column="tags">
        <span className={classes.cut} title={row.tags.join(', ')}>
          {row.tags.join(', ')}
        </span>
      </div>
    </div>
  )
})

function StatusCell({ row }: { row: VmRow }) {
  const status = statusOf(row)
  return (
    <div role="gridcell" aria-colindex={6} className={classes.cell} data-column="status">
      {status && (
        <span className={classes.status} data-problem={status.isProblem || undefined} title={status.text}>
          <span className={classes.cut}>{status.text}</span>
          {status.percent !== null && (
            <span className={classes.track} aria-hidden>
              <span className={classes.fill} style={{ width: `${status.percent}%` }} />
            </span>
          )}
        </span>
      )}
    </div>
  )
}

function Uptime({ startedAt }: { startedAt: string }) {
  return uptime(useNow() - new Date(startedAt).getTime())
}
