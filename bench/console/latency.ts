import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { ask, OpenConsole } from './console-page.ts'
import { many } from './many.ts'

const changes = 20
/** Longer than events are gathered for, so that each change is a first one. */
const restMs = 300

/** Something changes in the daemon: how long until it is seen. */
export const latency: BenchCase = {
  name: 'latency',
  title: `give a VM another name, ${changes} times`,
  targets: [],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const vms = many(workshop)
  const console = await OpenConsole.with(workshop, vms)
  const tab = await console.atList()
  for (let index = 0; index < changes; index++) {
    const took = await ask(tab, `rename('000000000003', 'vm00003-${index}')`)
    sheet.add('from the request to the pixels', 'ms', { vms }, took)
    await tab.page.waitForTimeout(restMs)
  }
  await console.daemon.client.updateVm('000000000003', { name: 'vm00003' })
  await tab.close()
}
