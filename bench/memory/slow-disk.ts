import { StillpointGuest } from '../checkpoint/stillpoint-guest.ts'
import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import { median } from '../harness/statistics.ts'
import type { Workshop } from '../harness/workshop.ts'
import { fillMemory } from './fill.ts'
import { roundsIn, startLoop } from './guest-loop.ts'
import { filledMiB } from './sizes.ts'
import { type Rhythm, SlowVolume } from './slow-volume.ts'

/**
 * A guest that writes to a page waits until the page was taken. What was taken is buffered, so a disk that
 * stands still now and then should not be felt until the buffer is full.
 */
export const slowDisk: BenchCase = {
  name: 'slow-disk',
  title: 'writes of the guest during a checkpoint onto a file system that is frozen most of the time',
  targets: [],
  run,
  peers: {},
}

const disks: Readonly<Record<string, Rhythm | null>> = {
  'as it is': null,
  'frozen for 90 of 100 ms': { frozenMs: 90, freeMs: 10 },
  'frozen for 990 of 1000 ms': { frozenMs: 990, freeMs: 10 },
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const memoryMiB = workshop.quick ? 512 : 1024
  await using guest = await StillpointGuest.open(workshop, {
    memoryMiB,
    settings: { checkpointPolicy: 'Standard' },
  })
  const folder = `${guest.daemon.home}/vms/${guest.vm.id}/memory`
  await using volume = await SlowVolume.mount(workshop, folder, memoryMiB + 512)
  await guest.vm.boot()
  await fillMemory(guest.vm, filledMiB(memoryMiB), 'random')
  // Each one into another page, so that many have to wait until the page was taken.
  const pages = filledMiB(memoryMiB) * 256
  await startLoop(guest.vm, pages, [
    'dd if=/dev/zero of=/mem/fill bs=4k count=1 seek=$at conv=notrunc 2>/dev/null',
  ])
  await using heartbeats = await guest.watch()
  for (let index = 1; index <= workshop.runs; index++) {
    for (const [disk, rhythm] of Object.entries(disks)) {
      if (rhythm) await volume.slowDown(rhythm)
      const from = guest.vm.console().length
      const { value, gapMs, usualGapMs, totalMs } = await heartbeats.during(() => guest.create())
      const writes = roundsIn(guest.vm.console().slice(from))
      await volume.speedUp()
      sheet.add('write to a page', 'ms', { disk }, median(writes))
      sheet.add('longest write to a page', 'ms', { disk }, Math.max(...writes))
      sheet.add('longest silence', 'ms', { disk }, gapMs)
      sheet.add('silence before it', 'ms', { disk }, usualGapMs)
      sheet.add('total', 'ms', { disk }, totalMs)
      workshop.say(
        `  ${disk} ${index}/${workshop.runs}: silent for ${Math.round(gapMs)} ms, longest of ${writes.length} writes ${Math.round(Math.max(...writes))} ms, ${Math.round(totalMs)} ms in all`,
      )
      await guest.delete(value.id)
    }
  }
}
