import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
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
  /** Resolves when the first page of RAM has arrived; rejects when receiving fails before that. */
  readonly firstPage: Promise<void>
  /**
   * The stream came to its end and QEMU says that it was whole: gives the image its name, durably.
   * Until then the file has the name `<file>.partial`.
   */
  finish(): Promise<Received>
  /** Why receiving failed; null while it did not. */
  failure(): StillpointError | null
  /** Ends receiving and removes what was written. */
  abandon(): Promise<void>
}

/**
 * Listens on `socketPath` for one migration stream and writes it, as it comes, towards `file`.
 * Errors, from `firstPage` and `finish`: `disk_full`, `io_error`.
 */
export async function receiveMemory(socketPath: string, file: string): Promise<MemoryReceiver> {
  const partial = `${file}.partial`
  const listening = Promise.withResolvers<void>()
  const firstPage = Promise.withResolvers<void>()
  const complete = Promise.withResolvers<Received>()
  for (const each of [listening, firstPage, complete]) each.promise.catch(() => {}) // each may go unasked
  let failure: StillpointError | null = null
  const fail = (error: StillpointError) => {
    failure ??= error
    for (const each of [listening, firstPage, complete]) each.reject(error)
  }

  const worker = new Worker(new URL('./receive-worker.ts', import.meta.url), {
    workerData: { socketPath, file: partial },
  })
  worker.on('message', (message: ReceiverMessage) => {
    if (message.kind === 'listening') listening.resolve()
    else if (message.kind === 'first-page') firstPage.resolve()
    else if (message.kind === 'complete') complete.resolve(message)
    else
      fail(
        asStorageError(
          Object.assign(new Error(message.message), { code: message.code || undefined }),
          `Memory image "${file}" cannot be written`,
        ),
      )
  })
  worker.on('error', (error) => fail(asStorageError(error, `Memory image "${file}" cannot be written`)))
  worker.on('exit', () =>
    fail(new StillpointError('internal', 'The receiver of the memory stream ended early.')),
  )

  const abandon = async () => {
    worker.removeAllListeners('exit')
    await worker.terminate()
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
    async finish() {
      const { sizeBytes, sha256 } = await complete.promise
      worker.removeAllListeners('exit')
      await worker.terminate()
      await rename(partial, file)
      await syncPath(dirname(file))
      await rm(socketPath, { force: true })
      return { sizeBytes, sha256 }
    },
  }
}
