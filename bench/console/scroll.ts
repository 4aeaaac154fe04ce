import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { ask, OpenConsole } from './console-page.ts'
import { many } from './many.ts'

const largestFrame = 'frame, 95th percentile'

/** The list of all VMs under a hand that does not rest. */
export const scroll: BenchCase = {
  name: 'scroll',
  title: 'scroll through the list of many VMs',
  targets: [
    {
      metric: largestFrame,
      text: 'under 34 ms',
      isReached: (sheet, params) => sheet.median(largestFrame, params) < 34,
    },
  ],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const vms = many(workshop)
  const console = await OpenConsole.with(workshop, vms)
  const tab = await console.atList()
  for (let index = 0; index < workshop.runs; index++) {
    const frames = (await ask<number[]>(tab, 'scroll(3000)')).sort((a, b) => a - b)
    sheet.add('frame, median', 'ms', { vms }, frames[Math.floor(frames.length / 2)] ?? Number.NaN)
    sheet.add(largestFrame, 'ms', { vms }, frames[Math.floor(frames.length * 0.95)] ?? Number.NaN)
  }
  await tab.close()
}
