import { execa } from 'execa'
import type { Domain } from './domain.ts'
import { escaped } from './domain-xml.ts'

/**
 * Takes the domain back, as often as it is asked; with what can be done before the outage done already, as ours
 * is. Each time needs another number.
 */
export type Revert = (index: number) => Promise<() => Promise<unknown>>

/** An external snapshot of disk and memory, with the memory in `memory`. libvirt only has to forget about it. */
export async function takeExternal(
  { name, shell }: Domain,
  snapshot: string,
  files: { memory: string; overlay: string; options?: string },
): Promise<void> {
  const { memory, overlay, options = '' } = files
  const specs = `--memspec file=${memory},snapshot=external --diskspec vda,snapshot=external,file=${overlay}`
  await shell.run(`snapshot-create-as ${name} ${snapshot} ${specs} --atomic ${options}`)
}

/**
 * libvirt refuses to revert to external snapshots, so that is done by hand: destroy, restore the memory over a
 * new overlay of the sealed disk. `memory` is of the first snapshot, which sealed the disk that the domain was
 * defined with.
 */
export async function revertByHand(domain: Domain, memory: string): Promise<Revert> {
  const { name, libvirt, shell } = domain
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

/** An internal snapshot, which libvirt reverts to itself. */
export async function revertInternally({ name, shell }: Domain): Promise<Revert> {
  await shell.run(`snapshot-create-as ${name} revert`)
  return async () => () => shell.run(`snapshot-revert ${name} revert --running`)
}
