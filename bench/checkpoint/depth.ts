import type { BenchCase } from '../harness/definition.ts'
import { nowMs } from '../harness/heartbeat.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Target } from '../harness/target.ts'
import type { Workshop } from '../harness/workshop.ts'
import { libvirtDepth } from './libvirt/depth.ts'
import { deleteAndMerge } from './merge-task.ts'
import { depths } from './sizes.ts'
import { StillpointGuest } from './stillpoint-guest.ts'

/** What a checkpoint costs when the VM has many already, one under the other. */
export const depth: BenchCase = {
  name: 'depth',
  title: 'create, list and delete in a chain of checkpoints',
  targets: [flat('create, off'), flat('create, production')],
  run,
  peers: { libvirt: libvirtDepth },
}

function flat(metric: string): Target {
  return {
    metric,
    params: { depth: 100 },
    text: 'at most 2 × that at depth 1',
    isReached: (sheet) => sheet.median(metric, { depth: 100 }) <= 2 * sheet.median(metric, { depth: 1 }),
  }
}

/** A run creates one checkpoint and deletes it again, so that each begins at the same depth. */
async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  await using guest = await StillpointGuest.open(workshop, { settings: { checkpointPolicy: 'Production' } })
  let present = 0
  for (const depth of depths(workshop)) {
    for (; present < depth; present++) await guest.create()
    workshop.say(`  depth ${depth}`)
    for (let index = 1; index <= workshop.runs; index++) {
      await measureList(guest, sheet, depth)
      await measureCycle(guest, sheet, depth, 'off')
    }
    await guest.vm.boot()
    await guest.vm.run('true') // its agent is up now too
    for (let index = 1; index <= workshop.runs; index++) await measureCycle(guest, sheet, depth, 'production')
    await guest.stop()
  }
}

async function measureList(guest: StillpointGuest, sheet: Sheet, depth: number): Promise<void> {
  const startedMs = nowMs()
  await guest.daemon.client.listCheckpoints(guest.vm.name)
  sheet.add('list', 'ms', { depth }, nowMs() - startedMs)
}

async function measureCycle(
  guest: StillpointGuest,
  sheet: Sheet,
  depth: number,
  way: 'off' | 'production',
): Promise<void> {
  const startedMs = nowMs()
  const { id, kind, record } = await guest.create()
  sheet.add(`create, ${way}`, 'ms', { depth }, nowMs() - startedMs)
  if (way === 'production') {
    if (kind !== 'production') throw new Error(`the checkpoint is a ${kind} one: ${record.fallbackReason}`)
    sheet.add('frozen', 'ms', { depth }, record.frozenMs ?? Number.NaN)
  }
  const { deleteMs, totalMs } = await deleteAndMerge(guest, id)
  sheet.add(`delete, ${way}`, 'ms', { depth }, deleteMs)
  sheet.add(`delete and merge, ${way}`, 'ms', { depth }, totalMs)
}
