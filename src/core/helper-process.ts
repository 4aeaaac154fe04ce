import { execa } from 'execa'
import { StillpointError } from './error.ts'

/** What a helper prints, one JSON document per line: how far it is, and at last how it ended. */
export type HelperLine =
  | { readonly bytes: number }
  | { readonly result: unknown }
  | { readonly error: { readonly code: string | null; readonly message: string } }

/** A helper is waited for at its end, and must not wait for a compiler thread (nodejs/node#54918). */
const singleThreaded = ['--v8-pool-size=0']

/**
 * Runs a program of ours that works through many bytes, in a process of its own so that the daemon stays
 * quick. It ends soon after the daemon, for then nobody reads what it prints. `onBytes` gets the sum so far.
 * Errors: the reason of the signal; what the helper met, with the operating system's code where there is one.
 */
export async function runHelper<T>(
  program: string,
  order: object,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted()
  const running = execa(process.execPath, [...singleThreaded, program, JSON.stringify(order)], {
    cancelSignal: signal,
    stdin: 'ignore',
    cwd: '/',
  })
  const ended = running.catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
  ended.catch(() => {}) // awaited below
  let last: HelperLine | undefined
  try {
    for await (const line of running.iterable()) {
      last = JSON.parse(line) as HelperLine // from our own program
      if ('bytes' in last) onBytes(last.bytes)
      if ('error' in last)
        throw Object.assign(new Error(last.error.message), last.error.code && { code: last.error.code })
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
  await ended
  if (last && 'result' in last) return last.result as T // each helper states its own
  throw new StillpointError('internal', `The helper "${program}" ended without a word.`)
}
