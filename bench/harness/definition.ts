import type { Sheet } from './sheet.ts'
import type { Target } from './target.ts'
import type { Workshop } from './workshop.ts'

/** A folder of `bench/` exports one of these from its `bench.ts`. */
export interface Bench {
  readonly name: string
  readonly cases: readonly BenchCase[]
}

export interface BenchCase {
  readonly name: string
  /** What is done, for the one who waits. */
  readonly title: string
  readonly targets: readonly Target[]
  run(workshop: Workshop, sheet: Sheet): Promise<void>
  /** The same work, done by others: by the name that `--peer` gives. */
  readonly peers: Readonly<Record<string, (workshop: Workshop, sheet: Sheet) => Promise<void>>>
}
