import { openSync, readSync, statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { Beat } from './heartbeat.ts'

/**
 * Reads what is appended to a console log and notes when each heartbeat came. In a thread of its own: a
 * main thread that starts a program or parses an answer would see the beats late.
 */
const { file, everyMs } = workerData as { file: string; everyMs: number } // given by heartbeat.ts
const fd = openSync(file, 'r')
const buffer = Buffer.alloc(64 * 1024)
let position = statSync(file).size
let rest = ''

function look(): void {
  const atMs = Number(process.hrtime.bigint()) / 1e6
  const count = readSync(fd, buffer, 0, buffer.length, position)
  if (count === 0) return
  position += count
  const lines = (rest + buffer.toString('latin1', 0, count)).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) {
    const counter = /^hb (\d+) /.exec(line)?.[1]
    if (counter !== undefined) parentPort?.postMessage({ atMs, counter: Number(counter) } satisfies Beat)
  }
}

setInterval(look, everyMs)
parentPort?.postMessage('ready')
