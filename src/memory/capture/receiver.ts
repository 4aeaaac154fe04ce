import { spawn } from 'node:child_process'
import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { asStorageError, syncPath } from '../../core/durable-file.ts'
import { StillpointError } from '../../core/error.ts'
import { MIB } from '../../core/units.ts'
import type { WrittenImage } from '../image/writer.ts'

/** What the process of `capture-main.ts` is to do. */
export interface CaptureOrder {
  readonly socketPath: string
  readonly file: string
  /** 12 hexadecimal characters, never used for another image. */
  readonly imageId: string
  /** Image of an earlier instant of the same VM, whose pages need not be stored again. */
  readonly parentFile: string | null
  /** Ids of images that shall not be referred to. */
  readonly avoidImages: readonly string[]
  /** What the stream may claim to hold. */
  readonly mostMemoryBytes: number
  /** Pages that may wait for the disk before the guest has to. */
  readonly bufferBytes: number
  /** How long the guest may wait for a disk that takes nothing at all. */
  readonly stallMs: number
}

export type ReceiverMessage =
  | { readonly kind: 'listening' }
  | { readonly kind: 'first-page' }
  | { readonly kind: 'no-parent'; readonly message: string }
  | ({ readonly kind: 'complete' } & WrittenImage)
  /** `code`: `stream` when the stream was not understood, else that of the operating system, if any. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

export interface CaptureRequest {
  readonly socketPath: string
  readonly imageId: string
  readonly file: string
  readonly parentFile: string | null
  readonly avoidImages: readonly string[]
  readonly memoryMiB: number
}

/** Half a second of what QEMU sends at its fastest. */
const bufferBytes = 256 * MIB
const stallMs = 5000
/** Memory of graphics cards, firmware and the like, besides that of the guest. */
const mostDeviceMemoryBytes = 1024 * MIB

export interface MemoryReceiver {
  readonly socketPath: string
  /** Resolves when the first page of RAM has arrived; rejects when the receiver failed before that. */
  readonly firstPage: Promise<void>
  /** From now on what arrives is read and thrown away. */
  discard(): void
  /** Why pages of the parent could not be referred to; null when they could, or there was none. */
  parentProblem(): string | null
  /** Why the image could not be written; null while it could. What still arrives is read to its end all the same. */
  failure(): StillpointError | null
  /**
   * QEMU says that the stream was whole: gives the image its name, durably. Until then the file is
   * `<file>.partial`. Errors: `disk_full`, `io_error`, `memory_stream_invalid`.
   */
  finish(): Promise<WrittenImage>
  /** Lets the receiver go, which discards what still comes, and removes what was written. */
  abandon(): Promise<void>
}

/**
 * Starts a process that listens on `socketPath` for one migration stream and makes an image of it, towards `file`.
 * It outlives the daemon: a guest hangs when its stream breaks.
 */
export async function receiveMemory(request: CaptureRequest): Promise<MemoryReceiver> {
  const { socketPath, file } = request
  const partial = `${file}.partial`
  await rm(socketPath, { force: true }) // of a receiver that was killed
  const listening = Promise.withResolvers<void>()
  const firstPage = Promise.withResolvers<void>()
  const complete = Promise.withResolvers<WrittenImage>()
  for (const each of [listening, firstPage, complete]) each.promise.catch(() => {}) // each may go unasked
  let parentProblem: string | null = null
  let failure: StillpointError | null = null
  const fail = (error: StillpointError) => {
    for (const each of [listening, firstPage, complete]) each.reject(error)
  }

  const order: CaptureOrder = {
    socketPath,
    file: partial,
    imageId: request.imageId,
    parentFile: request.parentFile,
    avoidImages: request.avoidImages,
    mostMemoryBytes: request.memoryMiB * MIB + mostDeviceMemoryBytes,
    bufferBytes,
    stallMs,
  }
  const program = fileURLToPath(new URL('./capture-main.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {}) // its end is reported by 'close'
  const lines = createInterface({ input: child.stdout })
  lines.on('error', () => {}) // its end is reported by 'close'
  lines.on('line', (line) => {
    const message: ReceiverMessage = JSON.parse(line)
    if (message.kind === 'listening') listening.resolve()
    else if (message.kind === 'first-page') firstPage.resolve()
    else if (message.kind === 'complete') complete.resolve(message)
    else if (message.kind === 'no-parent') parentProblem = message.message
    else if (message.kind === 'failed') {
      failure ??= failureOf(message, file)
      fail(failure)
    }
  })
  const ended = (why: string) => {
    const error = new StillpointError(
      'memory_process_gone',
      `The process that takes the memory of the guest ended before it had all of it${why}. No checkpoint was made; try again.`,
    )
    fail(error)
  }
  child.on('error', (error) => ended(`: ${error.message}`))
  child.on('close', () => ended(''))
  child.unref()

  const abandon = async () => {
    child.stdin.end()
    // Whoever gives up has a reason to tell; what is left here is removed when the entry of the journal is brought to its end.
    for (const file of [partial, socketPath]) await rm(file, { force: true }).catch(() => {})
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
    parentProblem: () => parentProblem,
    failure: () => failure,
    discard: () => void child.stdin.write('discard\n'),
    async finish() {
      const written = await complete.promise
      await rename(partial, file)
      await syncPath(dirname(file))
      await rm(socketPath, { force: true })
      return written
    },
  }
}

function failureOf({ code, message }: { code: string; message: string }, file: string): StillpointError {
  if (code === 'stream') {
    return new StillpointError(
      'memory_stream_invalid',
      `No memory image could be made, for QEMU sent something that is not known: ${message}. The VM goes on; a production checkpoint does not need its memory.`,
    )
  }
  const cause = Object.assign(new Error(message), { code: code || undefined })
  const what = `Memory image "${file}" cannot be written`
  return asStorageError(cause, code === 'ENOSPC' ? what : `${what} (${message})`)
}
