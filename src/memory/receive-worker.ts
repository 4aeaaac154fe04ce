import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { ReceiverMessage } from './receiver.ts'
import { StreamHead } from './stream-head.ts'

/**
 * Takes one stream from a Unix socket and writes it to a file, with its checksum. It runs in a thread of
 * its own: while guest writes wait for their page to be taken, nothing else may hold it up.
 */
const { socketPath, file } = workerData as { socketPath: string; file: string } // given by receiver.ts
const blockBytes = 1024 * 1024

const tell = (message: ReceiverMessage) => parentPort?.postMessage(message)
const fail = (error: unknown) => {
  const { code, message } = error as NodeJS.ErrnoException // code is absent on other errors
  tell({ kind: 'failed', code: code ?? '', message })
}

const fd = openSync(file, 'wx', 0o600)
const hash = createHash('sha256')
const head = new StreamHead()
let block = Buffer.allocUnsafe(blockBytes)
let filled = 0
let sizeBytes = 0
let firstPage = false

const flushBlock = () => {
  const part = block.subarray(0, filled)
  for (let at = 0; at < part.length; ) at += writeSync(fd, part, at)
  hash.update(part)
  sizeBytes += filled
  filled = 0
}

const take = (chunk: Buffer) => {
  for (let at = 0; at < chunk.length; ) {
    const copied = chunk.copy(block, filled, at)
    filled += copied
    at += copied
    if (filled === blockBytes) flushBlock()
  }
  if (!firstPage && head.push(chunk)) {
    firstPage = true
    tell({ kind: 'first-page' })
  }
}

const server = createServer((socket) => {
  server.close()
  socket.on('data', (chunk: Buffer) => {
    try {
      take(chunk)
    } catch (error) {
      fail(error)
      socket.destroy()
    }
  })
  socket.on('error', fail)
  socket.on('end', () => {
    try {
      flushBlock()
      fsyncSync(fd)
      closeSync(fd)
      block = Buffer.alloc(0)
      tell({ kind: 'complete', sizeBytes, sha256: hash.digest('hex') })
    } catch (error) {
      fail(error)
    }
  })
})
server.on('error', fail)
server.listen(socketPath, () => tell({ kind: 'listening' }))
