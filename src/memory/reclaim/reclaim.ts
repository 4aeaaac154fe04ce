import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

/** What the process of `reclaim-main.ts` is to do. */
export interface ReclaimOrder {
  /** Images whose own checkpoint is gone. */
  readonly files: readonly string[]
  /** All images that may read something of them. */
  readonly images: readonly string[]
}

/** Bytes of each file that nobody reads, and that were given back. */
export type Reclaimed = { readonly file: string; readonly bytes: number }[]

const program = fileURLToPath(new URL('./reclaim-main.ts', import.meta.url))
const timeoutMs = 600_000
/** Its end is waited for, and must not wait for a compiler thread (nodejs/node#54918). */
const singleThreaded = ['--v8-pool-size=0']

/**
 * Cancelled, it may still punch for a moment what it had found: nobody can come to need that, for a new image refers only to
 * what one in use refers to. Error: Error with the reason, e.g. an image that cannot be read, or a file system without holes.
 */
export async function reclaim(order: ReclaimOrder, signal: AbortSignal): Promise<Reclaimed> {
  const { stdout } = await execa(process.execPath, [...singleThreaded, program, JSON.stringify(order)], {
    timeout: timeoutMs,
    cancelSignal: signal,
    stdin: 'ignore',
    cwd: '/',
  })
  return JSON.parse(stdout)
}
