import { setTimeout as sleep } from 'node:timers/promises'
import { StillpointGuest } from '../checkpoint/stillpoint-guest.ts'
import type { BenchCase } from '../harness/definition.ts'
import type { Params, Sheet } from '../harness/sheet.ts'
import type { Target } from '../harness/target.ts'
import type { Workshop } from '../harness/workshop.ts'
import { oneSize } from './sizes.ts'

const metric = 'image of a following checkpoint, of the first'
const mostPercent = 5

export const shareTarget: Target = {
  metric,
  text: `at most ${mostPercent}%`,
  isReached: (sheet, params) => sheet.median(metric, params) <= mostPercent,
}

export function addShare(sheet: Sheet, params: Params, share: number): void {
  sheet.add(metric, '%', params, share * 100)
}

/** A guest that was just booted holds little, so what changes is more of it. `by-size` has the filled ones. */
export const sharing: BenchCase = {
  name: 'sharing',
  title: 'how much a following checkpoint of an idle guest stores, with little in its memory',
  targets: [shareTarget],
  run,
  peers: {},
}

const idleMs = 2000

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const memoryMiB = oneSize(workshop)
  await using guest = await StillpointGuest.open(workshop, {
    memoryMiB,
    settings: { checkpointPolicy: 'Standard' },
  })
  await guest.vm.boot()
  let firstBytes = 0
  for (let index = 0; index <= workshop.runs; index++) {
    await sleep(idleMs)
    const bytes = (await guest.create()).memoryBytes ?? Number.NaN
    const checkpoint = index === 0 ? 'first' : 'following'
    sheet.add('image', 'MB', { memoryMiB, checkpoint }, bytes / 1e6)
    if (index === 0) firstBytes = bytes
    else addShare(sheet, { memoryMiB, guest: 'just booted' }, bytes / firstBytes)
    workshop.say(`  ${index}/${workshop.runs}: ${(bytes / 1e6).toFixed(1)} MB stored`)
  }
}
