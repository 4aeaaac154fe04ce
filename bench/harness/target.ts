import type { Params, Row, Sheet } from './sheet.ts'

/** What a figure has to be. Told, never enforced: a busy machine misses any target. */
export interface Target {
  readonly metric: string
  /** Absent: whatever the parameters are, e.g. for every size. */
  readonly params?: Params
  readonly text: string
  readonly isReached: (sheet: Sheet, params: Params) => boolean
  /** The target is about this peer; without its figures there is nothing to say. */
  readonly peer?: string
}

export interface Verdict {
  readonly target: string
  readonly reached: boolean
}

export function verdictsOn(row: Row, sheet: Sheet, targets: readonly Target[]): Verdict[] {
  return targets
    .filter((target) => target.metric === row.metric && isSame(target.params ?? row.params, row.params))
    .filter(({ peer }) => peer === undefined || row.peers.some(({ name }) => name === peer))
    .map((target) => ({ target: target.text, reached: target.isReached(sheet, row.params) }))
}

function isSame(a: Params, b: Params): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
