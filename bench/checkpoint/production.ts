import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { frozenByHooksMs, occupyMemory } from './guest-work.ts'
import { libvirtProduction } from './libvirt/production.ts'
import { small } from './sizes.ts'
import { StillpointGuest } from './stillpoint-guest.ts'

/** A checkpoint through the guest: how long its file systems are frozen, how long all of it takes. */
export const production: BenchCase = {
  name: 'production',
  title: 'a checkpoint through the guest agent',
  targets: [
    {
      metric: 'frozen',
      params: {},
      text: 'under 150 ms',
      isReached: (sheet) => sheet.median('frozen', {}) < 150,
    },
    {
      metric: 'disk switch',
      params: {},
      text: 'under 5 ms',
      isReached: (sheet) => sheet.median('disk switch', {}) < 5,
    },
  ],
  run,
  peers: { libvirt: libvirtProduction },
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  await using guest = await StillpointGuest.open(workshop, {
    memoryMiB: small.memoryMiB,
    settings: { checkpointPolicy: 'ProductionOnly' },
  })
  await guest.vm.boot()
  await occupyMemory(guest.vm, { ...small, filledMiB: 50 })
  await using heartbeats = await guest.watch()
  for (let index = 1; index <= workshop.runs; index++) {
    const { value, totalMs, gapMs } = await heartbeats.during(() => guest.create())
    sheet.add('frozen', 'ms', {}, value.record.frozenMs ?? Number.NaN)
    sheet.add('frozen, by its hooks', 'ms', {}, await frozenByHooksMs(guest.vm))
    sheet.add('disk switch', 'ms', {}, value.record.switchMs ?? Number.NaN)
    sheet.add('longest silence', 'ms', {}, gapMs)
    sheet.add('total', 'ms', {}, totalMs)
    workshop.say(`  ${index}/${workshop.runs}: frozen ${value.record.frozenMs} ms`)
    await guest.delete(value.id)
  }
}
