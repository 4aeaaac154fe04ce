import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { allInOrder, counts, daemonWith, memoryMiB, timed } from './many-vms-daemon.ts'

/** What the daemon costs by the number of VMs alone. */
export const daemon: BenchCase = {
  name: 'daemon',
  title: 'start and memory of the daemon with many VMs',
  targets: [],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const vms of [0, ...counts(workshop)]) {
    await using started = await daemonWith(workshop, { count: vms })
    for (let index = 0; index < workshop.runs; index++) {
      await started.stop()
      const answers = await timed(() => started.start())
      sheet.add('start, until it answers', 'ms', { vms }, answers.tookMs)
      const inOrder = await timed(() => allInOrder(started))
      sheet.add('start, until all VMs are in order', 'ms', { vms }, answers.tookMs + inOrder.tookMs)
      sheet.add('memory', 'MiB', { vms }, memoryMiB(started, 'VmRSS'))
      sheet.add('memory, peak', 'MiB', { vms }, memoryMiB(started, 'VmHWM'))
    }
  }
}
