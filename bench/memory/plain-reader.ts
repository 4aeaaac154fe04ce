import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { MemoryTarget } from '../../src/hypervisor/port.ts'

const program = fileURLToPath(new URL('./plain-reader.pl', import.meta.url))

/** A process that takes a stream and throws it away, as a target for QEMU to save to. */
export interface PlainReader extends MemoryTarget {
  /** How much came, when the stream has ended. */
  readonly bytes: Promise<number>
}

export async function startPlainReader(socketPath: string): Promise<PlainReader> {
  await rm(socketPath, { force: true })
  // In a session of its own: were it ended by a Ctrl-C, the guest would hang and QEMU with it.
  const child = spawn('perl', [program, socketPath], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const listening = once(lines, 'line')
  await listening
  const firstPage = Promise.withResolvers<void>()
  const bytes = Promise.withResolvers<number>()
  lines.on('line', (line) => (line === 'begun' ? firstPage.resolve() : bytes.resolve(Number(line))))
  child.on('close', () => {
    const error = new Error('the plain reader ended early')
    firstPage.reject(error)
    bytes.reject(error)
  })
  for (const each of [firstPage, bytes]) each.promise.catch(() => {}) // one of them may go unasked
  return { socketPath, firstPage: firstPage.promise, bytes: bytes.promise, discard() {} }
}
