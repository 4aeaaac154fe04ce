import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { counts, daemonWith, timed } from './many-vms-daemon.ts'

/** What a console asks for again and again. */
export const list: BenchCase = {
  name: 'list',
  title: 'list many VMs, and show one of them',
  targets: [
    {
      metric: 'list',
      params: { vms: 10_000 },
      text: 'under 5 s',
      isReached: (sheet) => sheet.median('list', { vms: 10_000 }) < 5000,
    },
  ],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const vms of counts(workshop)) {
    await using daemon = await daemonWith(workshop, { count: vms })
    for (let index = 0; index < workshop.runs; index++) {
      const listed = await timed(() => daemon.client.listVms())
      if (listed.value.length !== vms) throw new Error(`${listed.value.length} VMs were listed`)
      sheet.add('list', 'ms', { vms }, listed.tookMs)
      const rows = await timed(() => daemon.client.listVmRows())
      if (rows.value.length !== vms) throw new Error(`${rows.value.length} rows were listed`)
      sheet.add('list, without a look at files', 'ms', { vms }, rows.tookMs)
      const shown = await timed(() => daemon.client.showVm(`VM${String(index).padStart(5, '0')}`))
      sheet.add('show one by its name', 'ms', { vms }, shown.tookMs)
    }
  }
}
