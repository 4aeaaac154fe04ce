import type { TreeItem } from './tree-item.ts'
import type { Tone, TreeRow } from './tree-layout.ts'
import classes from './tree-lines.module.css'

export const rowHeight = 30
const middle = rowHeight / 2
const edge = 14
const widestCorner = 8
const widestStep = 20
const narrowestStep = 6

/** How far lanes are apart, and the last one that has a place of its own: deeper ones share it. */
export interface Lanes {
  readonly step: number
  readonly last: number
}

/** Lanes for a tree of this depth that leave most of `width` to the names. */
export function lanesFor(deepest: number, width: number): Lanes {
  const room = Math.max(120, width * 0.3)
  const step = Math.max(narrowestStep, Math.min(widestStep, Math.floor(room / Math.max(1, deepest))))
  return { step, last: Math.max(1, Math.floor(room / step)) }
}

/** The row's part of the tree's lines, and its node. */
export function TreeLines({ row, lanes }: { row: TreeRow; lanes: Lanes }) {
  const x = (lane: number) => edge + Math.min(lane, lanes.last) * lanes.step
  const { item, lane, isOnNowPath, lines } = row
  const { into, out, through } = lines
  const own = x(lane)
  const width = own + 12
  const from = into === null || into.lane === lane || x(into.lane) === own ? null : x(into.lane)
  const corner = from === null ? 0 : Math.min(widestCorner, own - from)
  return (
    <svg
      className={classes.lines}
      width={width}
      height={rowHeight}
      aria-hidden="true"
      style={{ minWidth: width }}
    >
      {through.map(({ lane: at, tone }) => (
        <Vertical key={at} x={x(at)} from={0} to={rowHeight} tone={tone} />
      ))}
      {into && from === null && <Vertical x={own} from={0} to={middle} tone={into.tone} />}
      {into && from !== null && (
        <>
          {into.tone !== into.above && <Vertical x={from} from={0} to={middle - corner} tone={into.above} />}
          <path
            className={classes.line}
            data-tone={into.tone}
            d={`M${from} 0V${middle - corner}Q${from} ${middle} ${from + corner} ${middle}H${own}`}
          />
          {into.below && (
            <Vertical
              x={from}
              from={into.below === into.above ? 0 : middle - corner}
              to={rowHeight}
              tone={into.below}
            />
          )}
        </>
      )}
      {out && <Vertical x={own} from={middle} to={rowHeight} tone={out} />}
      <Node x={own} item={item} isOnNowPath={isOnNowPath} />
    </svg>
  )
}

function Vertical({ x, from, to, tone }: { x: number; from: number; to: number; tone: Tone }) {
  return <path className={classes.line} data-tone={tone} d={`M${x} ${from}V${to}`} />
}

/** Full: it has memory. A ring: disks alone. */
function Node({ x, item, isOnNowPath }: { x: number; item: TreeItem; isOnNowPath: boolean }) {
  const about = { className: classes.node, cx: x, cy: middle, 'data-path': isOnNowPath || undefined }
  switch (item.kind) {
    case 'now':
      return (
        <>
          <circle className={classes.halo} cx={x} cy={middle} r={9} />
          <circle {...about} r={5} data-kind="now" />
        </>
      )
    case 'checkpoint':
      return <circle {...about} r={5} data-kind={item.checkpoint.kind} />
    default:
      return <circle {...about} r={item.kind === 'internal' ? 3.5 : 4.5} data-kind={item.kind} />
  }
}
