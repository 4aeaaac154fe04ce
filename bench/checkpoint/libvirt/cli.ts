import { nowMs } from '../../harness/heartbeat.ts'
import type { Sheet } from '../../harness/sheet.ts'
import type { Workshop } from '../../harness/workshop.ts'
import { Domain } from '../../libvirt/domain.ts'
import { callsPerRun } from '../cli.ts'

export async function libvirtCli(workshop: Workshop, sheet: Sheet): Promise<void> {
  await using domain = await Domain.open(workshop, { memoryMiB: 128 })
  for (let index = 0; index < workshop.runs * callsPerRun; index++) {
    const startedMs = nowMs()
    const list = await domain.libvirt.virsh('list', '--all')
    sheet.add('list VMs', 'ms', {}, nowMs() - startedMs, 'libvirt')
    if (!list.includes(domain.name)) throw new Error(`the domain is not in the list: ${list}`)
  }
}
