import { nowMs } from '../../harness/heartbeat.ts'
import type { Sheet } from '../../harness/sheet.ts'
import type { Workshop } from '../../harness/workshop.ts'
import { Domain } from '../../libvirt/domain.ts'
import { depths } from '../sizes.ts'

/**
 * Disks only; with `--quiesce` while the guest runs. libvirt cannot delete such a snapshot, so the chain
 * grows by the runs: depth 1 is depth 1 to 5.
 */
export async function libvirtDepth(workshop: Workshop, sheet: Sheet): Promise<void> {
  await measureWay(workshop, sheet, 'off')
  await measureWay(workshop, sheet, 'production')
}

async function measureWay(workshop: Workshop, sheet: Sheet, way: 'off' | 'production'): Promise<void> {
  await using domain = await Domain.open(workshop, { memoryMiB: 128 })
  const { name, shell } = domain
  if (way === 'production') {
    await domain.boot()
    await domain.run('true') // its agent is up now too
  }
  let present = 0
  const create = async () => {
    const snapshot = `${way}${++present}`
    const file = domain.path(`${snapshot}.qcow2`)
    const options = way === 'production' ? '--disk-only --quiesce' : '--disk-only'
    await shell.run(`snapshot-create-as ${name} ${snapshot} ${options} --atomic --diskspec vda,file=${file}`)
  }
  for (const depth of depths(workshop)) {
    while (present < depth) await create()
    workshop.say(`  libvirt, ${way}, depth ${depth}`)
    for (let index = 1; index <= workshop.runs; index++) {
      if (way === 'off') {
        const listedMs = nowMs()
        await shell.run(`snapshot-list ${name} --parent`)
        sheet.add('list', 'ms', { depth }, nowMs() - listedMs, 'libvirt')
      }
      const startedMs = nowMs()
      await create()
      sheet.add(`create, ${way}`, 'ms', { depth }, nowMs() - startedMs, 'libvirt')
    }
  }
}
