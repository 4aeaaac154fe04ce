import type { VolumeState } from '../checkpoint/hygiene/volume-state.ts'
import { formatBytes } from '../core/units.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Machines } from '../machine/machines.ts'
import { checkOrphans, checkPermissions } from './check-files.ts'
import { checkLayers } from './check-layers.ts'
import { checkMemory } from './check-memory.ts'
import { checkCopy, checkFolders, checkWork } from './check-records.ts'
import { type Finding, findingSeverities } from './finding.ts'

/** Looks at one VM and changes nothing. Inside or outside of its turn; while it is worked on, files that come and go are left out. */
export async function examineVm(
  machines: Machines,
  document: VmDocument,
  { isMyTurn = false } = {},
): Promise<Finding[]> {
  const { images, folders, inventory } = machines.deps
  const { id: vmId, name: vmName } = document
  // What a process or unfinished work uses may be what no record names yet.
  const isAtWork =
    (!isMyTurn && machines.locks.isBusy(vmId)) ||
    machines.unsettled.has(vmId) ||
    inventory.store.pendingJournal().some((entry) => entry.vmId === vmId)
  const found = await Promise.all([
    checkWork(machines, document),
    checkLayers(images, document),
    checkMemory(folders, document),
    checkCopy(machines, document),
    isAtWork ? [] : checkOrphans(folders, document),
    checkPermissions(folders, document),
  ])
  return bySeverity(found.flat().map((each) => ({ ...each, vmId, vmName })))
}

/** Looks at one VM, or at all and what is beside them. */
export async function examine(
  machines: Machines,
  document: VmDocument | null,
  volumes: readonly VolumeState[],
  { isCreating = false } = {},
): Promise<Finding[]> {
  const documents = document ? [document] : machines.deps.inventory.all()
  const found: Finding[] = []
  for (const each of documents) found.push(...(await examineVm(machines, each)))
  if (document) return found
  if (!isCreating) found.push(...(await checkFolders(machines)))
  return bySeverity([...found, ...volumes.flatMap(fillingOf)])
}

function fillingOf({ level, mountPoint, freeBytes, fullAt }: VolumeState): Finding[] {
  if (level === 'ok') return []
  return [
    {
      code: 'volume_filling',
      severity: level,
      vmId: null,
      vmName: null,
      subject: mountPoint,
      problem: 'This volume will be full soon; guests stand still then.',
      evidence: `${formatBytes(freeBytes)} are free; at the present growth it is full at ${fullAt}.`,
      remedy: 'Only you can: free some space. `stillpoint checkpoint report` lists forgotten checkpoints.',
      isRepairable: false,
    },
  ]
}

function bySeverity(findings: Finding[]): Finding[] {
  const rank = ({ severity }: Finding) => findingSeverities.indexOf(severity)
  return findings.toSorted((a, b) => rank(a) - rank(b))
}
