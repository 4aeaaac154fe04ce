import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { occupyMemory } from './guest-work.ts'
import { libvirtStandard } from './libvirt/standard.ts'
import { large, memorySizes, small } from './sizes.ts'
import { StillpointGuest } from './stillpoint-guest.ts'

const atSmall = { memoryMiB: small.memoryMiB }
const atLarge = { memoryMiB: large.memoryMiB }

/** Pause and total time of a checkpoint with memory, while the guest rewrites a part of its memory. */
export const standard: BenchCase = {
  name: 'standard',
  title: 'a checkpoint with memory of a running guest',
  targets: [
    {
      metric: 'pause',
      params: atLarge,
      text: `at most 1.5 × that at ${small.memoryMiB} MiB`,
      isReached: (sheet) => sheet.median('pause', atLarge) <= 1.5 * sheet.median('pause', atSmall),
    },
    {
      metric: 'pause',
      params: atLarge,
      peer: 'libvirt',
      text: 'at least 10 times shorter than libvirt',
      isReached: (sheet) => sheet.median('pause', atLarge) * 10 <= sheet.median('pause', atLarge, 'libvirt'),
    },
  ],
  run,
  peers: { libvirt: libvirtStandard },
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const size of memorySizes(workshop)) {
    const params = { memoryMiB: size.memoryMiB }
    await using guest = await StillpointGuest.open(workshop, {
      ...params,
      settings: { checkpointPolicy: 'Standard' },
    })
    await guest.vm.boot()
    await occupyMemory(guest.vm, size)
    await using heartbeats = await guest.watch()
    for (let index = 1; index <= workshop.runs; index++) {
      const { value, totalMs, gapMs, usualGapMs } = await heartbeats.during(() => guest.create())
      if (value.record.captureReason !== null) workshop.say(`  guest stopped: ${value.record.captureReason}`)
      const pauseMs = value.record.pauseMs ?? Number.NaN
      sheet.add('pause', 'ms', params, pauseMs)
      sheet.add('disk switch', 'ms', params, value.record.switchMs ?? Number.NaN)
      sheet.add('longest silence', 'ms', params, gapMs)
      sheet.add('silence before it', 'ms', params, usualGapMs)
      sheet.add('total', 'ms', params, totalMs)
      workshop.say(`  ${size.memoryMiB} MiB ${index}/${workshop.runs}: paused ${pauseMs} ms`)
      await guest.delete(value.id)
    }
  }
}
