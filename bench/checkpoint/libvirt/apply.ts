import { execa } from 'execa'
import { type HeartbeatWatch, nowMs } from '../../harness/heartbeat.ts'
import type { Sheet } from '../../harness/sheet.ts'
import type { Workshop } from '../../harness/workshop.ts'
import { Domain } from '../../libvirt/domain.ts'
import { escaped } from '../../libvirt/domain-xml.ts'
import { occupyMemory } from '../guest-work.ts'
import { type MemorySize, memorySizes } from '../sizes.ts'

/**
 * libvirt refuses to revert to an external snapshot, so that is done by hand: destroy, restore the memory
 * over a new overlay of the sealed disk (made before the guest is touched, as ours is). An internal
 * snapshot it reverts to itself.
 */
export async function libvirtApply(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const size of memorySizes(workshop)) {
    await measureWay(workshop, sheet, size, 'libvirt by hand', prepareByHand)
    await measureWay(workshop, sheet, size, 'libvirt internal', prepareInternal)
  }
}

/** Takes the snapshot; what it returns takes the domain back to it, after what can be done before the outage. */
type Prepare = (domain: Domain) => Promise<(index: number) => Promise<() => Promise<unknown>>>

async function prepareByHand(domain: Domain): Promise<(index: number) => Promise<() => Promise<unknown>>> {
  const { name, libvirt, shell } = domain
  const memory = domain.path('revert.mem')
  const files = `--memspec file=${memory} --diskspec vda,file=${domain.path('after.qcow2')}`
  await shell.run(`snapshot-create-as ${name} revert ${files} --atomic`)
  await shell.run(`snapshot-delete ${name} revert --metadata`)
  const xml = await libvirt.virsh('save-image-dumpxml', memory)
  return async (index) => {
    const overlay = domain.path(`revert${index}.qcow2`)
    const args = ['create', '-q', '-f', 'qcow2', '-b', domain.disk, '-F', 'qcow2', overlay]
    await execa('qemu-img', args, libvirt.execution())
    const changed = xml.replaceAll(`'${escaped(domain.disk)}'`, `'${escaped(overlay)}'`)
    const file = await domain.file(`revert${index}.xml`, changed)
    return async () => {
      await shell.run(`destroy ${name}`)
      await shell.run(`restore ${memory} --xml ${file} --running`)
    }
  }
}

async function prepareInternal({ name, shell }: Domain) {
  await shell.run(`snapshot-create-as ${name} revert`)
  return async () => () => shell.run(`snapshot-revert ${name} revert --running`)
}

async function measureWay(
  workshop: Workshop,
  sheet: Sheet,
  size: MemorySize,
  peer: string,
  prepare: Prepare,
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
