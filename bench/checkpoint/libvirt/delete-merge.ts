import { allocatedBytes } from '../../../src/core/durable-file.ts'
import type { Sheet } from '../../harness/sheet.ts'
import type { Workshop } from '../../harness/workshop.ts'
import { BlockJobWatch } from '../../libvirt/block-job.ts'
import { Domain } from '../../libvirt/domain.ts'
import { prepareData, writeFile } from '../guest-work.ts'
import { mergedMiB } from '../sizes.ts'

/** By its own words: `blockcommit` of the overlay into its base is down, `blockpull` of the base is up. */
export async function libvirtDeleteMerge(workshop: Workshop, sheet: Sheet): Promise<void> {
  const sizeMiB = mergedMiB(workshop)
  const moreMiB = Math.round(sizeMiB * 1.2)
  await using domain = await Domain.open(workshop, { memoryMiB: 1024, diskMiB: 3 * moreMiB })
  const { name, shell, libvirt } = domain
  await domain.boot()
  await prepareData(domain, moreMiB)
  await using heartbeats = await domain.watch()
  await using jobs = await BlockJobWatch.open(libvirt, name)

  /** Seals what the guest writes to; returns the file that it writes to from then on. */
  const snapshot = async (id: string): Promise<string> => {
    const overlay = domain.path(`${id}.qcow2`)
    await shell.run(
      `snapshot-create-as ${name} ${id} --disk-only --atomic --no-metadata --diskspec vda,file=${overlay}`,
    )
    return overlay
  }
  const measure = async (direction: 'down' | 'up', work: () => Promise<unknown>, copiedFile: string) => {
    const megabytes = ((await allocatedBytes(copiedFile)) ?? Number.NaN) / 1e6
    const { totalMs, gapMs } = await heartbeats.during(work)
    const params = { direction }
    sheet.add('total', 'ms', params, totalMs, 'libvirt')
    sheet.add('speed', 'MB/s', params, megabytes / (totalMs / 1000), 'libvirt')
    sheet.add('longest silence', 'ms', params, gapMs, 'libvirt')
    workshop.say(`  libvirt ${direction}: ${Math.round(megabytes)} MB in ${Math.round(totalMs)} ms`)
  }

  await writeFile(domain, 'more', moreMiB)
  for (let index = 1; index <= workshop.runs; index++) {
    const overlay = await snapshot(`down${index}`)
    await writeFile(domain, 'data', sizeMiB)
    const commit = async () => {
      await jobs.until('ready', () => shell.run(`blockcommit ${name} vda --active`))
      await shell.run(`blockjob ${name} vda --pivot`)
    }
    await measure('down', commit, overlay)
  }
  let below = domain.disk
  for (let index = 1; index <= workshop.runs; index++) {
    const sealed = await snapshot(`up${index}-data`)
    await writeFile(domain, 'data', sizeMiB)
    const active = await snapshot(`up${index}`)
    await writeFile(domain, 'more', moreMiB)
    const base = below
    const pull = () => jobs.until('completed', () => shell.run(`blockpull ${name} vda --base ${base}`))
    await measure('up', pull, sealed)
    below = active
  }
}
