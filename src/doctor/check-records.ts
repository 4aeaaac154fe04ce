import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../core/error.ts'
import { asId, type VmId } from '../core/ids.ts'
import type { VmDocument } from '../inventory/document.ts'
import { readVmJson } from '../inventory/vm-json.ts'
import type { Machines } from '../machine/machines.ts'
import type { Finding, VmFinding } from './finding.ts'

/** Whether the copy of the record in the VM's folder is that of the store. */
export async function checkCopy(machines: Machines, document: VmDocument): Promise<VmFinding[]> {
  const { folders, inventory } = machines.deps
  await inventory.settled(document.id)
  const subject = folders.vmJson(document.id)
  const behind = (problem: string, evidence: string): VmFinding => ({
    code: 'record_copy_behind',
    severity: 'warning',
    subject,
    problem,
    evidence,
    remedy: 'The copy is written again from the store.',
    isRepairable: true,
  })
  try {
    const copy = await readVmJson(subject)
    const present = inventory.get(document.id)
    const evidence = `The copy has revision ${copy.revision}, the store ${present.revision}.`
    if (copy.id === document.id && copy.revision > present.revision) {
      return [
        {
          code: 'record_copy_newer',
          severity: 'error',
          subject,
          problem: 'The copy of the record is newer than the store: the database is an old one.',
          evidence,
          remedy:
            'Only you can: if the database was put back from a backup, take what the folders say with `stillpoint inventory rebuild`. Do nothing else with the VM before.',
          isRepairable: false,
        },
      ]
    }
    if (isDeepStrictEqual(copy, JSON.parse(JSON.stringify(present)))) return []
    return [behind('The copy of the record is not that of the store.', evidence)]
  } catch (error) {
    return [behind('The copy of the record cannot be read.', messageOf(error))]
  }
}

/** Work that could not be brought to an end. */
export function checkWork(machines: Machines, document: VmDocument): VmFinding[] {
  const { inventory, folders } = machines.deps
  const subject = folders.vm(document.id)
  const reason = machines.unsettled.get(document.id)
  if (reason !== undefined) {
    return [
      {
        code: 'unsettled',
        severity: 'error',
        subject,
        problem: 'Unfinished work could not be brought to an end; nothing else is done to the VM until then.',
        evidence: reason,
        remedy:
          'It is tried again every 30 seconds. Only you can: take away what stands in the way, which the reason names.',
        isRepairable: false,
      },
    ]
  }
  if (machines.locks.isBusy(document.id)) return []
  const entries = inventory.store.pendingJournal().filter(({ vmId }) => vmId === document.id)
  return entries.map(({ id, operation, marks }) => ({
    code: 'unfinished_work',
    severity: 'warning',
    subject,
    problem: `The journal holds an unfinished ${operation}, and nobody works on it.`,
    evidence: `Entry ${id}; marks: ${marks.map(({ step }) => step).join(', ') || 'none'}.`,
    remedy: 'Only you can: start the daemon again, which brings it to an end by what the disks really are.',
    isRepairable: false,
  }))
}

/** Folders of VMs that the store does not know. A VM that is being made has one, too: not while a task makes it. */
export async function checkFolders(machines: Machines): Promise<Finding[]> {
  const { inventory, folders } = machines.deps
  const found: Finding[] = []
  for (const entry of await readdir(folders.vms).catch((): string[] => [])) {
    const folder = join(folders.vms, entry)
    if (inventory.has(asId<VmId>(entry)) || !(await isFolder(folder))) continue
    const base = { code: 'unknown_vm_folder', severity: 'warning', vmId: null, subject: folder } as const
    try {
      const { id, name, checkpoints } = await readVmJson(join(folder, 'vm.json'))
      if (id !== entry) throw new Error(`it describes the VM "${id}"`)
      found.push({
        ...base,
        vmName: name,
        problem: 'The store does not know the VM in this folder.',
        evidence: `Its record describes VM "${name}" with ${checkpoints.length} checkpoints.`,
        remedy: 'The VM is taken back into the store, if its name is free and all its files are its own.',
        isRepairable: true,
      })
    } catch (error) {
      found.push({
        ...base,
        vmName: null,
        problem: 'The store does not know this folder, and it has no record that can be read.',
        evidence: messageOf(error),
        remedy:
          'Only you can: a create or a removal that a crash cut off leaves such a folder. Look at what it holds, and remove it.',
        isRepairable: false,
      })
    }
  }
  return found
}

const isFolder = (path: string) =>
  stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  )
