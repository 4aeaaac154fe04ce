import { rm } from 'node:fs/promises'
import type { Sheet } from '../../harness/sheet.ts'
import type { Workshop } from '../../harness/workshop.ts'
import { Domain } from '../../libvirt/domain.ts'
import { PauseWatch } from '../../libvirt/pause-watch.ts'
import { occupyMemory } from '../guest-work.ts'
import { memorySizes } from '../sizes.ts'

/**
 * libvirt has three ways: all into files of their own with the guest stopped; the same with memory
 * copied before the stop (`--live`); all into the qcow2 image.
 */
export async function libvirtStandard(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const size of memorySizes(workshop)) {
    const params = { memoryMiB: size.memoryMiB }
    await using domain = await Domain.open(workshop, { ...params, diskMiB: 256 })
    const { name, libvirt, shell } = domain
    await domain.boot()
    await occupyMemory(domain, size)
    await using heartbeats = await domain.watch()
    await using pauses = await PauseWatch.open(libvirt, name)

    const measure = async (peer: string, command: string) => {
      pauses.reset()
      const { totalMs, gapMs } = await heartbeats.during(() => shell.run(command))
      const pauseMs = await pauses.pausedMs()
      sheet.add('pause', 'ms', params, pauseMs, peer)
      sheet.add('longest silence', 'ms', params, gapMs, peer)
      sheet.add('total', 'ms', params, totalMs, peer)
      workshop.say(`  ${peer}, ${size.memoryMiB} MiB: paused ${pauseMs} ms`)
    }
    const create = `snapshot-create-as ${name}`
    for (let index = 1; index <= workshop.runs; index++) {
      for (const [peer, option] of [
        ['libvirt', ''],
        ['libvirt --live', '--live'],
      ] as const) {
        const snapshot = `s${index}${option}`
        const memory = domain.path(`${snapshot}.mem`)
        const overlay = domain.path(`${snapshot}.qcow2`)
        const files = `--memspec file=${memory},snapshot=external --diskspec vda,snapshot=external,file=${overlay}`
        await measure(peer, `${create} ${snapshot} ${files} --atomic ${option}`)
        await shell.run(`snapshot-delete ${name} ${snapshot} --metadata`)
        await rm(memory)
      }
    }
    for (let index = 1; index <= workshop.runs; index++) {
      await measure('libvirt internal', `${create} i${index}`)
      await shell.run(`snapshot-delete ${name} i${index}`)
    }
  }
}
