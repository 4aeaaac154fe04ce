import { type HeartbeatWatch, nowMs } from '../../harness/heartbeat.ts'
import type { Sheet } from '../../harness/sheet.ts'
import type { Workshop } from '../../harness/workshop.ts'
import { Domain } from '../../libvirt/domain.ts'
import { type Revert, revertByHand, revertInternally, takeExternal } from '../../libvirt/revert.ts'
import { occupyMemory } from '../guest-work.ts'
import { type MemorySize, memorySizes } from '../sizes.ts'

/** By hand to an external snapshot, and libvirt's own revert to an internal one. */
export async function libvirtApply(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const size of memorySizes(workshop)) {
    await measureWay(workshop, sheet, size, 'libvirt by hand', async (domain) => {
      const memory = domain.path('revert.mem')
      await takeExternal(domain, 'revert', { memory, overlay: domain.path('after.qcow2') })
      await domain.shell.run(`snapshot-delete ${domain.name} revert --metadata`)
      return await revertByHand(domain, memory)
    })
    await measureWay(workshop, sheet, size, 'libvirt internal', revertInternally)
  }
}

async function measureWay(
  workshop: Workshop,
  sheet: Sheet,
  size: MemorySize,
  peer: string,
  prepare: (domain: Domain) => Promise<Revert>,
): Promise<void> {
  const params = { memoryMiB: size.memoryMiB }
  await using domain = await Domain.open(workshop, params)
  await domain.boot()
  await occupyMemory(domain, size)
  const revert = await prepare(domain)
  await using heartbeats: HeartbeatWatch = await domain.watch()
  for (let index = 1; index <= workshop.runs; index++) {
    const begin = await revert(index)
    await heartbeats.nextBeat()
    const fromMs = nowMs()
    await begin()
    const toMs = nowMs()
    await heartbeats.nextBeat(toMs)
    sheet.add('outage', 'ms', params, toMs - fromMs, peer)
    sheet.add('longest silence', 'ms', params, heartbeats.longestGapMs(fromMs, toMs), peer)
    workshop.say(
      `  ${peer}, ${size.memoryMiB} MiB ${index}/${workshop.runs}: ${Math.round(toMs - fromMs)} ms`,
    )
  }
}
