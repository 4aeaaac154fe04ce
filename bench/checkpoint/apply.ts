import type { ApplyResult } from '../../src/contract/checkpoint.ts'
import type { BenchCase } from '../harness/definition.ts'
import { nowMs } from '../harness/heartbeat.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { occupyMemory } from './guest-work.ts'
import { libvirtApply } from './libvirt/apply.ts'
import { memorySizes } from './sizes.ts'
import { StillpointGuest } from './stillpoint-guest.ts'

/** From the running guest to the guest of the checkpoint: how long no guest runs. */
export const apply: BenchCase = {
  name: 'apply',
  title: 'a checkpoint with memory applied under a running guest',
  targets: [],
  run,
  peers: { libvirt: libvirtApply },
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const size of memorySizes(workshop)) {
    const params = { memoryMiB: size.memoryMiB }
    await using guest = await StillpointGuest.open(workshop, {
      ...params,
      settings: { checkpointPolicy: 'Standard' },
    })
    const { client } = guest.daemon
    await guest.vm.boot()
    await occupyMemory(guest.vm, size)
    const { id } = await guest.create()
    await using heartbeats = await guest.watch()
    for (let index = 1; index <= workshop.runs; index++) {
      await heartbeats.nextBeat()
      const fromMs = nowMs()
      const task = await guest.daemon.done(client.applyCheckpoint(guest.vm.name, id, { confirm: true }))
      const toMs = nowMs()
      await heartbeats.nextBeat(toMs)
      const { outageMs } = task.result as ApplyResult // of a checkpoint.apply task
      sheet.add('outage', 'ms', params, outageMs ?? Number.NaN)
      sheet.add('longest silence', 'ms', params, heartbeats.longestGapMs(fromMs, toMs))
      sheet.add('total', 'ms', params, toMs - fromMs)
      workshop.say(`  ${size.memoryMiB} MiB ${index}/${workshop.runs}: out for ${outageMs} ms`)
      await guest.daemon.settled(guest.vm.name)
    }
  }
}
