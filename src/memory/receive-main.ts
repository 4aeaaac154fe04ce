import { createHash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import type { ReceiverMessage } from './receiver.ts'
import { StreamHead } from './stream-head.ts'

/**
 * The process that takes one stream from a Unix socket and writes it to a file, with its checksum.
 *
 * A background snapshot whose stream breaks leaves guest memory write-protected with nobody to lift it:
 * the guest can hang for good (seen on QEMU 7.2). So this process reads to the end whatever happens. When the
 * file cannot be written, or nobody wants it any more (`discard`, or the end of standard input: the
 * daemon is gone), the rest is thrown away. For the same reason it is no thread of the daemon.
 *
 * Arguments: socket, file. Lines out: ReceiverMessage as JSON.
 */
const [socketPath = '', file = ''] = process.argv.slice(2)
const blockBytes = 1024 * 1024
const connectTimeoutMs = 60_000
/** Left free on the file system: a guest whose own write finds no space stands still. */
const reserveBytes = 16 * 1024 * 1024

const hash = createHash('sha256')
const head = new StreamHead()
const block = Buffer.allocUnsafe(blockBytes)
let filled = 0
let sizeBytes = 0
let firstPage = false
let discarding = false

const tell = (message: ReceiverMessage) => {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
process.stdout.on('error', discard) // the daemon is gone
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('SIGHUP', () => {})
spareFromOutOfMemory()

const fd = openOrFail()
const server = createServer((socket) => {
  server.close()
  clearTimeout(unconnected)
  socket.on('data', take)
  socket.on('error', () => process.exit(1)) // QEMU is gone
  socket.on('end', finish)
})
server.on('error', (error) => {
  fail(error)
  process.exit(1)
})
server.listen(socketPath, () => tell({ kind: 'listening' }))
const unconnected = setTimeout(() => process.exit(0), connectTimeoutMs)

process.stdin.on('data', discard)
process.stdin.on('end', () => {
  discard()
  if (server.listening) process.exit(0)
})

function openOrFail(): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException // fs throws nothing else
    tell({ kind: 'failed', code: code ?? '', message })
    process.exit(1)
  }
}

function take(chunk: Buffer): void {
  if (!firstPage && head.push(chunk)) {
    firstPage = true
    tell({ kind: 'first-page' })
  }
  try {
    for (let at = 0; at < chunk.length && !discarding; ) {
      const copied = chunk.copy(block, filled, at)
      filled += copied
      at += copied
      if (filled === blockBytes) flushBlock()
    }
  } catch (error) {
    fail(error)
  }
}

function flushBlock(): void {
  refuseLastSpace()
  const part = block.subarray(0, filled)
  for (let at = 0; at < part.length; ) at += writeSync(fd, part, at)
  hash.update(part)
  sizeBytes += filled
  filled = 0
}

function refuseLastSpace(): void {
  const { bavail, bsize } = statfsSync(dirname(file))
  if (bavail * bsize >= reserveBytes + filled) return
  const message = `only ${bavail * bsize} bytes are free, and ${reserveBytes} are left to the guests`
  throw Object.assign(new Error(message), { code: 'ENOSPC' })
}

function finish(): void {
  try {
    if (!discarding) {
      flushBlock()
      fsyncSync(fd)
    }
    closeSync(fd)
    if (!discarding) tell({ kind: 'complete', sizeBytes, sha256: hash.digest('hex') })
  } catch (error) {
    fail(error)
  }
  process.stdin.destroy()
}

function fail(error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException // code is absent on other errors
  tell({ kind: 'failed', code: code ?? '', message })
  discard()
}

/** Gives the space back at once and goes on reading. */
function discard(): void {
  if (discarding) return
  discarding = true
  ftruncateSync(fd)
  rmSync(file, { force: true })
}

/** A guest depends on this process for as long as it lives; only root may ask for that. */
function spareFromOutOfMemory(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '-900')
  } catch {
    // Not root: the kernel treats it as any other process.
  }
}
