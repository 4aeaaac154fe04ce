import { rm } from 'node:fs/promises'
import type { BenchCase } from '../harness/definition.ts'
import { nowMs } from '../harness/heartbeat.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { DirectGuest } from './direct-guest.ts'
import { type Content, contents, fillMemory } from './fill.ts'
import { startPlainReader } from './plain-reader.ts'
import { ProcessPeak } from './process-peak.ts'
import { filledMiB, oneSize } from './sizes.ts'

const share = 'capture, of what a plain reader takes'

/** How fast QEMU's stream is taken: by a process that throws it away, and by ours, in turns. */
export const throughput: BenchCase = {
  name: 'throughput',
  title: 'the stream of a checkpoint, taken by the capture process and by one that throws it away',
  targets: [
    {
      metric: share,
      text: 'at least 80%',
      isReached: (sheet, params) => sheet.median(share, params) >= 80,
    },
  ],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const memoryMiB = oneSize(workshop)
  for (const content of contents) {
    await using guest = await DirectGuest.open(workshop, memoryMiB, ({ vm }) =>
      fillMemory(vm, filledMiB(memoryMiB), content),
    )
    for (let index = 1; index <= workshop.runs; index++) await measureRound(workshop, sheet, guest, content)
  }
}

/** The guest is idle, so that all three streams are of the same length, but for its heartbeats. */
async function measureRound(
  workshop: Workshop,
  sheet: Sheet,
  guest: DirectGuest,
  content: Content,
): Promise<void> {
  const plain = await startPlainReader(guest.path('plain.sock'))
  const { streamMs } = await guest.save(plain)
  const megabytes = (await plain.bytes) / 1e6
  const speedOf = (ms: number) => megabytes / (ms / 1000)
  const plainSpeed = speedOf(streamMs)
  sheet.add('plain reader', 'MB/s', { data: content }, plainSpeed)
  const files = { first: guest.path('first.spm'), following: guest.path('following.spm') }
  const said = [`plain ${Math.round(plainSpeed)}`]
  for (const checkpoint of ['first', 'following'] as const) {
    const params = { data: content, checkpoint }
    const imageId = checkpoint === 'first' ? '000000000001' : '000000000002'
    const parentFile = checkpoint === 'first' ? null : files.first
    using capture = new ProcessPeak(process.pid, 'capture-main.ts')
    const receiver = await guest.receiver(imageId, files[checkpoint], parentFile)
    const begunMs = nowMs()
    const taken = await guest.save(receiver)
    const endedMs = nowMs()
    const { sizeBytes } = await receiver.finish()
    const speed = speedOf(taken.streamMs)
    sheet.add('capture', 'MB/s', params, speed)
    sheet.add(share, '%', params, (100 * speed) / plainSpeed)
    sheet.add('end of the stream to durable image', 'ms', params, nowMs() - endedMs)
    sheet.add('image', 'MB', params, sizeBytes / 1e6)
    // The load of the machine changes this least.
    sheet.add('processor time of the capture process', 'ms', params, await capture.cpuMs())
    said.push(`${checkpoint} ${Math.round(speed)} (${Math.round(endedMs - begunMs)} ms)`)
  }
  for (const file of Object.values(files)) await rm(file)
  workshop.say(`  ${content}, ${Math.round(megabytes)} MB of stream, MB/s: ${said.join(', ')}`)
}
