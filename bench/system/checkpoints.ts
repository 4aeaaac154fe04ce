import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { daemonWith, timed } from './many-vms-daemon.ts'

/** One VM with very many checkpoints, one under the other. */
export const checkpoints: BenchCase = {
  name: 'checkpoints',
  title: 'a VM with 1,000 checkpoints',
  targets: [],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const depth = workshop.quick ? 100 : 1000
  await using daemon = await daemonWith(workshop, { count: 1, checkpoints: depth })
  const [vm] = await daemon.client.listVms()
  if (!vm) throw new Error('there is no VM')
  for (let index = 0; index < workshop.runs; index++) {
    const listed = await timed(() => daemon.client.listCheckpoints(vm.id))
    sheet.add('list', 'ms', { depth }, listed.tookMs)
    const [first] = listed.value
    if (!first) throw new Error('there is no checkpoint')
    const renamed = await timed(() =>
      daemon.client.updateCheckpoint(vm.id, first.id, { name: `first ${index}` }),
    )
    sheet.add('rename', 'ms', { depth }, renamed.tookMs)
    const name = `more ${index}`
    const created = await timed(() => daemon.done(daemon.client.createCheckpoint(vm.id, { name })))
    sheet.add('create, off', 'ms', { depth }, created.tookMs)
    const deleted = await timed(() =>
      daemon.done(daemon.client.deleteCheckpoint(vm.id, name, { subtree: false })),
    )
    sheet.add('delete, off', 'ms', { depth }, deleted.tookMs)
    await daemon.settled(vm.id)
  }
}
