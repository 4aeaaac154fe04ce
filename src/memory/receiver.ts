import { spawn } from 'node:child_process'
import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { asStorageError, syncPath } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'

export type ReceiverMessage =
  | { readonly kind: 'listening' }
  | { readonly kind: 'first-page' }
  | { readonly kind: 'complete'; readonly sizeBytes: number; readonly sha256: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

export interface Received {
  readonly sizeBytes: number
  /** Of the whole file, hexadecimal. */
  readonly sha256: string
}

export interface MemoryReceiver {
  readonly socketPath: string
  /** Resolves when the first page of RAM has arrived; rejects when the receiver failed before that. */
  readonly firstPage: Promise<void>
  /** From now on what arrives is read and thrown away. */
  discard(): void
  /** Why the image could not be written; null while it could. What still arrives is read to its end all the same. */
  failure(): StillpointError | null
  /**
   * QEMU says that the stream was whole: gives the image its name, durably. Until then the file is
   * `<file>.partial`. Errors: `disk_full`, `io_error`.
   */
  finish(): Promise<Received>
  /** Lets the receiver go, which discards what still comes, and removes what was written. */
  abandon(): Promise<void>
}

/**
 * Starts a process that listens on `socketPath` for one migration stream and writes it towards `file`.
 * It outlives the daemon: a guest hangs when its stream breaks.
 */
export async function receiveMemory(socketPath: string, file: string): Promise<MemoryReceiver> {
  const partial = `${file}.partial`
  await rm(socketPath, { force: true }) // of a receiver that was killed
  const listening = Promise.withResolvers<void>()
  const firstPage = Promise.withResolvers<void>()
  const complete = Promise.withResolvers<Received>()
  for (const each of [listening, firstPage, complete]) each.promise.catch(() => {}) // each may go unasked
  let failure: StillpointError | null = null
  const fail = (error: StillpointError) => {
    listening.reject(error)
    complete.reject(error)
  }

  const program = fileURLToPath(new URL('./receive-main.ts', import.meta.url))
  const child = spawn(process.execPath, [program, socketPath, partial], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {}) // its end is reported by 'close'
  const cannotWrite = `Memory image "${file}" cannot be written`
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message: ReceiverMessage = JSON.parse(line)
    if (message.kind === 'listening') listening.resolve()
    else if (message.kind === 'first-page') firstPage.resolve()
    else if (message.kind === 'complete') complete.resolve(message)
    else {
      const cause = Object.assign(new Error(message.message), { code: message.code || undefined })
      failure ??= asStorageError(cause, cannotWrite)
      fail(failure)
    }
  })
  const ended = (why: string) => {
    const error = new StillpointError(
      'internal',
      `The process that takes the memory stream ended early${why}.`,
    )
    fail(error)
    firstPage.reject(error)
  }
  child.on('error', (error) => ended(`: ${error.message}`))
  child.on('close', () => ended(''))
  child.unref()

  const abandon = async () => {
    child.stdin.end()
    await rm(partial, { force: true })
    await rm(socketPath, { force: true })
  }
  try {
    await listening.promise
  } catch (error) {
    await abandon()
    throw error
  }
  return {
    socketPath,
    firstPage: firstPage.promise,
    abandon,
    failure: () => failure,
    discard: () => void child.stdin.write('discard\n'),
    async finish() {
      const { sizeBytes, sha256 } = await complete.promise
      await rename(partial, file)
      await syncPath(dirname(file))
      await rm(socketPath, { force: true })
      return { sizeBytes, sha256 }
    },
  }
}
