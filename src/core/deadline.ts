import { setTimeout as sleep } from 'node:timers/promises'
import { StillpointError } from './error.ts'

/**
 * Waits for `work`, at most `timeoutMs` and until `signal` aborts. The work itself is not stopped: pass
 * it the same signal where it can be.
 * Errors: `timeout` with `what` in its message; the signal's reason.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  limits: { timeoutMs: number; what: string; signal?: AbortSignal | undefined },
): Promise<T> {
  const { timeoutMs, what, signal } = limits
  work.catch(() => {}) // it may fail after nobody waits for it any more
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(
    () => reject(new StillpointError('timeout', `${what} did not finish within ${timeoutMs} ms.`)),
    timeoutMs,
  )
  const onAbort = () => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  work.then(resolve, reject)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Asks `probe` every `everyMs` until it gives a value other than undefined. Errors as withDeadline. */
export async function pollUntil<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  limits: { timeoutMs: number; everyMs: number; what: string; signal?: AbortSignal | undefined },
): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    limits.signal?.throwIfAborted()
    const value = await probe()
    if (value !== undefined) return value
    if (performance.now() - startedAt > limits.timeoutMs) {
      throw new StillpointError('timeout', `${limits.what} did not finish within ${limits.timeoutMs} ms.`)
    }
    // Aborted, it rejects with an error of its own; the next round throws the signal's reason.
    await sleep(limits.everyMs, undefined, limits.signal ? { signal: limits.signal } : {}).catch(() => {})
  }
}
