import type { BenchCase } from '../harness/definition.ts'
import type { HeartbeatWatch } from '../harness/heartbeat.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { prepareData, writeFile } from './guest-work.ts'
import { libvirtDeleteMerge } from './libvirt/delete-merge.ts'
import { deleteAndMerge } from './merge-task.ts'
import { mergedMiB } from './sizes.ts'
import { StillpointGuest } from './stillpoint-guest.ts'

/**
 * A checkpoint is deleted, and what one layer holds must be copied into its neighbour while the guest runs.
 *
 *   down: base (more) ◀── Now (500 MB)              the differencing disk is folded into the base
 *   up:   base ── sealed (500 MB) ──▶ Now (more)    the sealed layer's data is copied into the newer one
 *
 * Whichever neighbour holds less is what is copied, so a case gives the other one more.
 */
export const deleteMerge: BenchCase = {
  name: 'delete-merge',
  title: 'a delete whose data is merged under the running guest',
  targets: [],
  run,
  peers: { libvirt: libvirtDeleteMerge },
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const sizeMiB = mergedMiB(workshop)
  const moreMiB = Math.round(sizeMiB * 1.2)
  await using guest = await StillpointGuest.open(workshop, {
    memoryMiB: 1024,
    diskMiB: 3 * moreMiB,
    settings: { checkpointPolicy: 'ProductionOnly' },
  })
  await guest.vm.boot()
  await prepareData(guest.vm, moreMiB)
  await using heartbeats = await guest.watch()
  const measure = (direction: 'down' | 'up', checkpointId: string) =>
    measureDelete(workshop, sheet, guest, heartbeats, direction, checkpointId)

  await writeFile(guest.vm, 'more', moreMiB)
  for (let index = 1; index <= workshop.runs; index++) {
    const { id } = await guest.create()
    await writeFile(guest.vm, 'data', sizeMiB)
    await measure('down', id)
  }
  for (let index = 1; index <= workshop.runs; index++) {
    await guest.create()
    await writeFile(guest.vm, 'data', sizeMiB)
    const { id } = await guest.create()
    await writeFile(guest.vm, 'more', moreMiB)
    await measure('up', id)
  }
}

async function measureDelete(
  workshop: Workshop,
  sheet: Sheet,
  guest: StillpointGuest,
  heartbeats: HeartbeatWatch,
  direction: 'down' | 'up',
  checkpointId: string,
): Promise<void> {
  const { value, gapMs } = await heartbeats.during(() => deleteAndMerge(guest, checkpointId))
  if (value.directions.join() !== direction)
    throw new Error(`the merge was to go ${direction}; it went: ${value.directions.join() || 'nowhere'}`)
  const params = { direction }
  const megabytes = value.copiedBytes / 1e6
  sheet.add('total', 'ms', params, value.totalMs)
  sheet.add('speed', 'MB/s', params, megabytes / (value.mergeMs / 1000))
  sheet.add('longest silence', 'ms', params, gapMs)
  workshop.say(`  ${direction}: ${Math.round(megabytes)} MB in ${value.mergeMs} ms`)
}
