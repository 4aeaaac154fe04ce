import { median } from './statistics.ts'

export type Unit = 'ms' | 'MB/s' | 'bytes' | 'MB' | 'MiB' | '%' | '×'
export type Params = Readonly<Record<string, number | string>>

/** What was measured, of whom. */
export interface Row {
  readonly case: string
  readonly params: Params
  readonly metric: string
  readonly unit: Unit
  /** Ours. */
  readonly runs: readonly number[]
  /** The same work done by others; a peer with two ways of doing it is there twice, under two names. */
  readonly peers: readonly { readonly name: string; readonly runs: readonly number[] }[]
}

interface OpenRow extends Row {
  readonly runs: number[]
  readonly peers: { readonly name: string; readonly runs: number[] }[]
}

/** The figures of one case, in the order in which they came. */
export class Sheet {
  readonly case: string
  readonly #rows = new Map<string, OpenRow>()

  constructor(name: string) {
    this.case = name
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()]
  }

  /** The result of one run: ours, or that of the peer that is named. */
  add(metric: string, unit: Unit, params: Params, value: number, peer?: string): void {
    const row = this.#row(metric, unit, params)
    if (peer === undefined) {
      row.runs.push(value)
      return
    }
    const present = row.peers.find(({ name }) => name === peer)
    if (present) present.runs.push(value)
    else row.peers.push({ name: peer, runs: [value] })
  }

  /** NaN when it was not measured: every comparison with it is false. */
  median(metric: string, params: Params, peer?: string): number {
    const row = this.#rows.get(keyOf(metric, params))
    if (peer === undefined) return median(row?.runs ?? [])
    return median(row?.peers.find(({ name }) => name === peer)?.runs ?? [])
  }

  #row(metric: string, unit: Unit, params: Params): OpenRow {
    const key = keyOf(metric, params)
    const present = this.#rows.get(key)
    if (present) return present
    const row: OpenRow = { case: this.case, params, metric, unit, runs: [], peers: [] }
    this.#rows.set(key, row)
    return row
  }
}

function keyOf(metric: string, params: Params): string {
  return JSON.stringify([metric, Object.entries(params).sort()])
}
