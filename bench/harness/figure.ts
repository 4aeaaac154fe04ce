import type { Params, Row, Sheet, Unit } from './sheet.ts'
import { median, rounded } from './statistics.ts'
import { type Target, type Verdict, verdictsOn } from './target.ts'

/** One line of the result: what was measured, against one peer or none. */
export interface Figure {
  readonly bench: string
  readonly case: string
  readonly params: Params
  readonly metric: string
  readonly unit: Unit
  readonly runs: readonly number[]
  readonly median: number
  readonly peer?: string
  readonly peerRuns?: readonly number[]
  readonly peerMedian?: number
  /** How many times better than the peer: above 1 is better, whatever the unit. */
  readonly ratio?: number
  readonly targets?: readonly Verdict[]
}

/** A row with several peers becomes several figures; targets are told with the first. */
export function figuresOf(bench: string, sheet: Sheet, targets: readonly Target[]): Figure[] {
  return sheet.rows.flatMap((row) => {
    const verdicts = verdictsOn(row, sheet, targets)
    const own = { ...common(bench, row), ...(verdicts.length > 0 ? { targets: verdicts } : {}) }
    const [first, ...others] = row.peers.map((peer) => against(row, peer))
    return [{ ...own, ...first }, ...others.map((other) => ({ ...common(bench, row), ...other }))]
  })
}

function common(bench: string, row: Row): Figure {
  const { params, metric, unit } = row
  const runs = row.runs.map(rounded)
  return { bench, case: row.case, params, metric, unit, runs, median: rounded(median(row.runs)) }
}

function against(row: Row, peer: Row['peers'][number]) {
  const ours = median(row.runs)
  const theirs = median(peer.runs)
  const ratio = row.unit === 'MB/s' ? ours / theirs : theirs / ours
  return {
    peer: peer.name,
    peerRuns: peer.runs.map(rounded),
    peerMedian: rounded(theirs),
    ...(Number.isFinite(ratio) ? { ratio: rounded(ratio) } : {}),
  }
}
