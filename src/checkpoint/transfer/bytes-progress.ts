import type { Progress } from '../../core/progress.ts'
import { formatBytes } from '../../core/units.ts'

interface Part {
  readonly file: string
  /** For people. */
  readonly what: string
  readonly bytes: number
}

/** The progress of several files as one, in bytes. */
export class BytesProgress {
  readonly #progress: Progress
  readonly #parts: readonly Part[]
  readonly #done = new Map<string, number>()
  readonly #total: number

  constructor(progress: Progress, parts: readonly Part[]) {
    this.#progress = progress
    this.#parts = parts
    this.#total = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Of one file, from 0 to 100 percent of it. `message` says what is done: `verifying`. */
  of(file: string): Progress {
    const part = this.#parts.find((each) => each.file === file)
    return {
      report: (percent, message) => {
        this.#done.set(file, ((part?.bytes ?? 0) * Math.min(100, percent)) / 100)
        const done = this.#done.values().reduce((sum, bytes) => sum + bytes, 0)
        this.#progress.report(
          this.#total === 0 ? 0 : (100 * done) / this.#total,
          `${message} ${part?.what ?? file}: ${formatBytes(Math.round(done))} of ${formatBytes(this.#total)}`,
        )
      },
    }
  }
}

/** Tells `progress` of bytes; `total` may be off. */
export function bytesTo(progress: Progress, total: number, message: string): (bytes: number) => void {
  return (bytes) => progress.report(total === 0 ? 100 : Math.min(100, (100 * bytes) / total), message)
}
