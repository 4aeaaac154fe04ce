import { StillpointError } from '../../core/error.ts'

const windowMs = 60_000
/** Enough for a person who mistypes, too few for a program that guesses. */
const allowedFailures = 10
/** Addresses that are remembered; who has more of them than this may begin again. */
const mostRemembered = 1000

/** Wrong tokens are counted by the address that they came from, for a minute. */
export class Attempts {
  readonly #monotonicMs: () => number
  readonly #failures = new Map<string, { readonly sinceMs: number; count: number }>()

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Call it before a token is looked at. Error: `too_many_attempts`, whatever the token is. */
  require(address: string): void {
    const failed = this.#current(address)
    if (!failed || failed.count < allowedFailures) return
    const leftMs = failed.sinceMs + windowMs - this.#monotonicMs()
    const retryAfterSeconds = Math.max(1, Math.ceil(leftMs / 1000))
    throw new StillpointError(
      'too_many_attempts',
      `A wrong token came ${failed.count} times within a minute from "${address}". Tokens from there are looked at again in ${retryAfterSeconds} s.`,
      { details: { retryAfterSeconds } },
    )
  }

  failed(address: string): void {
    const failed = this.#current(address)
    if (failed) {
      failed.count++
      return
    }
    this.#failures.delete(address)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size >= mostRemembered && oldest !== undefined) this.#failures.delete(oldest)
    this.#failures.set(address, { sinceMs: this.#monotonicMs(), count: 1 })
  }

  #current(address: string) {
    const failed = this.#failures.get(address)
    return failed && this.#monotonicMs() - failed.sinceMs < windowMs ? failed : null
  }
}
