import { rm } from 'node:fs/promises'
import { nowMs } from '../../harness/heartbeat.ts'
import type { Sheet } from '../../harness/sheet.ts'
import type { Workshop } from '../../harness/workshop.ts'
import { Domain } from '../../libvirt/domain.ts'
import { PauseWatch } from '../../libvirt/pause-watch.ts'
import { type Revert, revertByHand, revertInternally, takeExternal } from '../../libvirt/revert.ts'
import { fillMemory } from '../fill.ts'
import { filledMiB, memorySizes } from '../sizes.ts'

/** External snapshots with memory, reverts by hand to the first of them, reverts to an internal one. */
export async function libvirtBySize(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const memoryMiB of memorySizes(workshop)) {
    await using domain = await Domain.open(workshop, { memoryMiB })
    await domain.boot()
    workshop.say(`  libvirt, ${memoryMiB} MiB: filling the guest's memory`)
    await fillMemory(domain, filledMiB(memoryMiB), 'random')
    const memory = await measurePauses(workshop, sheet, domain, memoryMiB)
    const byHand = await revertByHand(domain, memory)
    await measureReverts(workshop, sheet, domain, memoryMiB, 'libvirt by hand', byHand)
    await rm(memory)
    const internal = await revertInternally(domain)
    await measureReverts(workshop, sheet, domain, memoryMiB, 'libvirt internal', internal)
  }
}

/** Returns the memory of the first snapshot. Of the others it is removed: each one is as large as what the guest has in use. */
async function measurePauses(
  workshop: Workshop,
  sheet: Sheet,
  domain: Domain,
  memoryMiB: number,
): Promise<string> {
  await using heartbeats = await domain.watch()
  await using pauses = await PauseWatch.open(domain.libvirt, domain.name)
  const memoryOf = (index: number) => domain.path(`s${index}.mem`)
  for (let index = 0; index <= workshop.runs; index++) {
    pauses.reset()
    const files = { memory: memoryOf(index), overlay: domain.path(`s${index}.qcow2`) }
    const { totalMs, gapMs } = await heartbeats.during(() => takeExternal(domain, `s${index}`, files))
    const pauseMs = await pauses.pausedMs()
    const params = { memoryMiB, checkpoint: index === 0 ? 'first' : 'following' }
    sheet.add('pause', 'ms', params, pauseMs, 'libvirt')
    sheet.add('longest silence', 'ms', params, gapMs, 'libvirt')
    sheet.add('total', 'ms', params, totalMs, 'libvirt')
    workshop.say(`  libvirt, ${memoryMiB} MiB ${index}/${workshop.runs}: paused ${pauseMs} ms`)
    await domain.shell.run(`snapshot-delete ${domain.name} s${index} --metadata`)
    if (index > 0) await rm(files.memory)
  }
  return memoryOf(0)
}

async function measureReverts(
  workshop: Workshop,
  sheet: Sheet,
  domain: Domain,
  memoryMiB: number,
  peer: string,
  revert: Revert,
): Promise<void> {
  const params = { memoryMiB }
  await using heartbeats = await domain.watch()
  for (let index = 1; index <= workshop.runs; index++) {
    const begin = await revert(index)
    const passed = await heartbeats.nextBeat()
    await heartbeats.nextBeat(passed.atMs) // the counter can only fall when it has risen
    const calledMs = nowMs()
    const [{ last, first }] = await Promise.all([heartbeats.handover(calledMs), begin()])
    sheet.add('apply, call to heartbeat', 'ms', params, first.atMs - calledMs, peer)
    sheet.add('apply, outage', 'ms', params, first.atMs - last.atMs, peer)
    const outage = Math.round(first.atMs - last.atMs)
    workshop.say(`  ${peer}, ${memoryMiB} MiB ${index}/${workshop.runs}: out for ${outage} ms`)
  }
}
