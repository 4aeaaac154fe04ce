import type { Sheet } from '../../harness/sheet.ts'
import type { Workshop } from '../../harness/workshop.ts'
import { Domain } from '../../libvirt/domain.ts'
import { frozenByHooksMs, occupyMemory } from '../guest-work.ts'
import { small } from '../sizes.ts'

/** Disks only, with `--quiesce`: freeze, switch, thaw. libvirt does not tell how long the guest was frozen. */
export async function libvirtProduction(workshop: Workshop, sheet: Sheet): Promise<void> {
  await using domain = await Domain.open(workshop, { memoryMiB: small.memoryMiB })
  const { name, shell } = domain
  await domain.boot()
  await occupyMemory(domain, { ...small, filledMiB: 50 })
  await using heartbeats = await domain.watch()
  for (let index = 1; index <= workshop.runs; index++) {
    const disk = `--diskspec vda,snapshot=external,file=${domain.path(`p${index}.qcow2`)}`
    const { totalMs, gapMs } = await heartbeats.during(() =>
      shell.run(`snapshot-create-as ${name} p${index} --disk-only --quiesce --atomic ${disk}`),
    )
    sheet.add('frozen, by its hooks', 'ms', {}, await frozenByHooksMs(domain), 'libvirt')
    sheet.add('longest silence', 'ms', {}, gapMs, 'libvirt')
    sheet.add('total', 'ms', {}, totalMs, 'libvirt')
    workshop.say(`  libvirt ${index}/${workshop.runs}: ${Math.round(totalMs)} ms`)
  }
}
