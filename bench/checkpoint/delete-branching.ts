import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { prepareData, writeFile } from './guest-work.ts'
import { deleteAndMerge, sealedSizes } from './merge-task.ts'
import { StillpointGuest } from './stillpoint-guest.ts'

const dataMiB = 64
const children = 3

/**
 * The deleted checkpoint has several children, which go on sharing its layer: nothing is copied. libvirt
 * does not delete in such trees, so it is not asked.
 */
export const deleteBranching: BenchCase = {
  name: 'delete-branching',
  title: `a delete of a checkpoint with ${children} children`,
  targets: [
    {
      metric: 'copied',
      params: { children },
      text: '0 bytes',
      isReached: (sheet) => sheet.median('copied', { children }) === 0,
    },
  ],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  await using guest = await StillpointGuest.open(workshop, {
    memoryMiB: 192,
    settings: { checkpointPolicy: 'Standard' },
  })
  const { client } = guest.daemon
  await guest.vm.boot()
  await prepareData(guest.vm, dataMiB)
  for (let index = 1; index <= workshop.runs; index++) {
    await writeFile(guest.vm, 'data', dataMiB)
    const node = await guest.create()
    await guest.create()
    for (let child = 2; child <= children; child++) {
      await guest.daemon.done(client.applyCheckpoint(guest.vm.name, node.id, { confirm: true }))
      await guest.create()
    }
    await guest.daemon.settled(guest.vm.name)
    const before = await sealedSizes(guest)
    const { totalMs, copiedBytes } = await deleteAndMerge(guest, node.id)
    const after = await sealedSizes(guest)
    const grown = [...after].map(([file, bytes]) => Math.max(0, bytes - (before.get(file) ?? 0)))
    const grownBytes = grown.reduce((sum, bytes) => sum + bytes, 0)
    sheet.add('total', 'ms', { children }, totalMs)
    sheet.add('copied', 'bytes', { children }, Math.max(copiedBytes, grownBytes))
    workshop.say(`  ${index}/${workshop.runs}: ${Math.round(totalMs)} ms, ${copiedBytes} bytes copied`)
  }
}
