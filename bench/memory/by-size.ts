import { StillpointGuest } from '../checkpoint/stillpoint-guest.ts'
import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Target } from '../harness/target.ts'
import type { Workshop } from '../harness/workshop.ts'
import { compareSizes, sizeTargets } from './across-sizes.ts'
import { measureApplies } from './apply.ts'
import { measureCheckpoints } from './checkpoints.ts'
import { fillMemory } from './fill.ts'
import { libvirtBySize } from './libvirt/by-size.ts'
import { peakMiBOf } from './process-peak.ts'
import { shareTarget } from './sharing.ts'
import { filledMiB, memorySizes } from './sizes.ts'

/**
 * What checkpoints and applies cost by the size of the guest's memory. All of it in one case, for filling the
 * memory of an emulated guest takes minutes.
 */
export const bySize: BenchCase = {
  name: 'by-size',
  title: 'checkpoints one after the other, and applies, with 60% of the memory filled',
  targets: [...sizeTargets, shareTarget, ...againstLibvirt()],
  run,
  peers: { libvirt: libvirtBySize },
}

function againstLibvirt(): Target[] {
  const params = { memoryMiB: 2048 }
  const lessBy = (peer: string, times: number): Target => ({
    metric: 'apply, outage',
    params,
    peer,
    text: `at least ${times} times less than ${peer}`,
    isReached: (sheet) =>
      sheet.median('apply, outage', params) * times <= sheet.median('apply, outage', params, peer),
  })
  return [lessBy('libvirt internal', 10), lessBy('libvirt by hand', 5)]
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const sizes = memorySizes(workshop)
  for (const memoryMiB of sizes) {
    await using guest = await StillpointGuest.open(workshop, {
      memoryMiB,
      settings: { checkpointPolicy: 'Standard' },
    })
    await guest.vm.boot()
    workshop.say(`  ${memoryMiB} MiB: filling the guest's memory`)
    await fillMemory(guest.vm, filledMiB(memoryMiB), 'random')
    const newest = await measureCheckpoints(workshop, sheet, guest, memoryMiB)
    await measureApplies(workshop, sheet, guest, memoryMiB, newest)
    sheet.add('peak of the daemon', 'MiB', { memoryMiB }, peakMiBOf(guest.daemon.pid) ?? Number.NaN)
  }
  compareSizes(sheet, sizes)
}
