import { createServer, type Socket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { endProcess } from '../../core/end-process.ts'
import { AppendFile } from '../image/append-file.ts'
import { ParentImage } from '../image/parent.ts'
import { MemoryImage } from '../image/reader.ts'
import { ImageWriter } from '../image/writer.ts'
import { spareFromOutOfMemory } from '../out-of-memory.ts'
import type { StreamHead } from '../stream/layout.ts'
import { StreamError, StreamReader } from '../stream/reader.ts'
import type { CaptureOrder, ReceiverMessage } from './receiver.ts'

/**
 * The process that takes one stream from a Unix socket and makes a memory image of it.
 *
 * A background snapshot whose stream breaks leaves guest memory write-protected with nobody to lift it:
 * the guest can hang for good (seen on QEMU 7.2). So this process reads to the end whatever happens. When the
 * stream is not understood, the file cannot be written, the disk stands still, or nobody wants the image any more
 * (`discard`, or the end of standard input: the daemon is gone), the rest is thrown away. For the same
 * reason it is no thread of the daemon.
 *
 * A guest that writes to a page waits until that page was taken. What was taken and is not on the disk yet
 * is therefore held in a buffer; when that is full, reading waits for the disk, and the guest with it, but no
 * longer than `stallMs` without any progress.
 *
 * Argument: CaptureOrder as JSON. Lines out: ReceiverMessage as JSON.
 */
const order: CaptureOrder = JSON.parse(process.argv[2] ?? '')
const connectTimeoutMs = 60_000

const tell = (message: ReceiverMessage) => {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
process.stdout.on('error', discard) // the daemon is gone
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('SIGHUP', () => {})
process.on('uncaughtException', fail) // whatever happens here, the rest of the stream has to be read
spareFromOutOfMemory()

let discarding = false
let removed = Promise.resolve()
let socket: Socket | null = null
let writer: ImageWriter | null = null
let firstPage = false
let stallTimer: NodeJS.Timeout | undefined

const file = openOrFail()
const parent = await readParent()
const reader = new StreamReader(
  {
    head: begin,
    page: (page, bytes) => writer?.page(page, bytes),
    zeroPage: (page) => writer?.zeroPage(page),
  },
  { memoryBytes: order.mostMemoryBytes },
)
const server = createServer((connected) => {
  server.close()
  clearTimeout(unconnected)
  socket = connected
  connected.on('data', take)
  connected.on('error', leave) // QEMU is gone
  connected.on('end', () => void finish())
})
server.on('error', (error) => {
  fail(error)
  leave()
})
server.listen(order.socketPath, () => tell({ kind: 'listening' }))
const unconnected = setTimeout(endProcess, connectTimeoutMs)

process.stdin.on('data', discard)
process.stdin.on('end', () => {
  discard()
  if (server.listening) endProcess()
})

function openOrFail(): AppendFile {
  try {
    return new AppendFile(order.file)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException // of open(2)
    tell({ kind: 'failed', code, message })
    process.exit(1)
  }
}

/** A parent that cannot be read costs space, not the checkpoint. */
async function readParent(): Promise<ParentImage | null> {
  if (order.parentFile === null) return null
  try {
    const image = await MemoryImage.open(order.parentFile)
    await image.requireSources()
    const read = await ParentImage.read(image)
    await image.close()
    return read
  } catch (error) {
    tell({ kind: 'no-parent', message: (error as Error).message }) // an ImageError
    return null
  }
}

function begin(head: StreamHead): void {
  const isSameMachine = parent !== null && isDeepStrictEqual(parent.index.head.blocks, head.blocks)
  writer = new ImageWriter({
    file,
    imageId: order.imageId,
    head,
    parent: isSameMachine ? parent : null,
    avoid: new Set(order.avoidImages),
    onMoved,
  })
}

function take(chunk: Buffer): void {
  if (discarding) return
  try {
    reader.push(chunk)
  } catch (error) {
    fail(error)
    return
  }
  if (!firstPage && reader.sawPage) {
    firstPage = true
    tell({ kind: 'first-page' })
  }
  if (writer && writer.queuedBytes > order.bufferBytes && !stallTimer) {
    socket?.pause()
    watchForStall()
  }
}

/** Something was written, or could not be. */
function onMoved(): void {
  if (writer?.failure) fail(writer.failure)
  if (!stallTimer) return
  if (writer && writer.queuedBytes > order.bufferBytes / 2) watchForStall()
  else goOnReading()
}

function watchForStall(): void {
  clearTimeout(stallTimer)
  stallTimer = setTimeout(() => {
    const message = `nothing could be written for ${order.stallMs} ms, and the guest was waiting for it`
    fail(Object.assign(new Error(message), { code: 'ETIMEDOUT' }))
  }, order.stallMs)
}

function goOnReading(): void {
  clearTimeout(stallTimer)
  stallTimer = undefined
  socket?.resume()
}

async function finish(): Promise<void> {
  try {
    if (!discarding) {
      const { devices } = reader.end()
      if (!writer) throw new Error('the stream holds no memory')
      const written = await writer.finish(devices)
      if (!discarding) tell({ kind: 'complete', ...written })
    }
  } catch (error) {
    fail(error)
  }
  leave()
}

/** When the last word is written, and what is not wanted is removed. */
function leave(): void {
  void removed.then(() => process.stdout.write('', endProcess))
}

function fail(error: unknown): void {
  if (discarding) return
  const { code, message } = error as NodeJS.ErrnoException // code is absent on other errors
  const reason = error instanceof StreamError ? 'stream' : (code ?? '')
  tell({ kind: 'failed', code: reason, message })
  discard()
}

/** Gives the space back and goes on reading. */
function discard(): void {
  if (discarding) return
  discarding = true
  removed = file.remove()
  goOnReading()
}
