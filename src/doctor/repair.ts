import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import type { Progress } from '../core/progress.ts'
import type { Layer } from '../disk/layer.ts'
import { adoptFolder } from '../inventory/rebuild.ts'
import { readVmJson } from '../inventory/vm-json.ts'
import { requireUnshared } from '../machine/disk-source.ts'
import type { Machines } from '../machine/machines.ts'
import { examineVm } from './examine.ts'
import type { Finding, FindingCode } from './finding.ts'
import { forgetMemory } from './forget-memory.ts'
import { quarantine } from './quarantine.ts'

export interface Repaired {
  readonly finding: Finding
  /** What was done, in words; or why it was not. */
  readonly outcome: string
  readonly isDone: boolean
}

type Repair = (machines: Machines, vmId: VmId, subject: string) => Promise<string>

const repairs: Partial<Record<FindingCode, Repair>> = {
  layer_parent_differs: nameParent,
  memory_image_lost: forgetMemory,
  record_copy_behind: async ({ deps }, vmId) => {
    await deps.inventory.refreshCopy(vmId)
    return 'The copy was written again.'
  },
  orphan_file: async (machines, vmId, file) => `It is now at "${await quarantine(machines, vmId, file)}".`,
  permissions: async (_machines, _vmId, path) => {
    const mode = (await stat(path)).isDirectory() ? 0o700 : 0o600
    await chmod(path, mode)
    return `Its mode is now 0${mode.toString(8)}.`
  },
}

/**
 * Repairs what can be repaired of these findings, each VM in its turn: what is not found again then is left alone. A VM
 * that cannot be put in order is repaired all the same, for that may be what puts it in order. The copy of the
 * metadata is made before, by the caller.
 */
export async function repair(
  machines: Machines,
  findings: readonly Finding[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Repaired[]> {
  const repaired: Repaired[] = []
  const repairable = findings.filter(({ isRepairable }) => isRepairable)
  const byVm = Map.groupBy(repairable, ({ vmId }) => vmId)
  for (const [vmId, wanted] of byVm) {
    progress.report(
      (100 * repaired.length) / repairable.length,
      `repairing ${wanted[0]?.vmName ?? 'folders'}`,
    )
    if (vmId === null) repaired.push(...(await adopt(machines, wanted)))
    else
      repaired.push(
        ...(await machines.locks.run(vmId, signal, () => repairVm(machines, vmId, wanted, signal))),
      )
  }
  await machines.settleAll()
  return repaired
}

async function repairVm(
  machines: Machines,
  vmId: VmId,
  wanted: readonly Finding[],
  signal: AbortSignal,
): Promise<Repaired[]> {
  const { inventory } = machines.deps
  const repaired: Repaired[] = []
  if (!inventory.has(vmId)) return repaired
  const present = await examineVm(machines, inventory.get(vmId), { isMyTurn: true })
  for (const finding of present) {
    signal.throwIfAborted()
    const isWanted = wanted.some(({ code, subject }) => code === finding.code && subject === finding.subject)
    const act = repairs[finding.code]
    if (!isWanted || !finding.isRepairable || !act) continue
    repaired.push(await attempt(finding, () => act(machines, vmId, finding.subject)))
  }
  return repaired
}

async function adopt(machines: Machines, wanted: readonly Finding[]): Promise<Repaired[]> {
  const { inventory, folders } = machines.deps
  const repaired: Repaired[] = []
  for (const finding of wanted) {
    const outcome = await attempt(finding, async () => {
      await requireOwnLinks(machines, finding.subject)
      const { id, name } = await adoptFolder(inventory, folders, finding.subject)
      machines.unsettled.set(id, 'The VM was taken back just now.') // its process is looked for
      return `VM "${name}" is known again.`
    })
    repaired.push(outcome)
  }
  return repaired
}

/** Two VMs over one image would write into each other. Error: `image_in_use`. */
async function requireOwnLinks(machines: Machines, folder: string): Promise<void> {
  const { layers } = await readVmJson(join(folder, 'vm.json'))
  for (const { linked, file } of Object.values<Layer>(layers)) {
    const isThere = linked && (await stat(file).catch(() => null)) !== null
    if (isThere) await requireUnshared(machines, file)
  }
}

async function attempt(finding: Finding, act: () => Promise<string>): Promise<Repaired> {
  try {
    return { finding, outcome: await act(), isDone: true }
  } catch (error) {
    if (isStillpointError(error, 'cancelled')) throw error
    return { finding, outcome: messageOf(error), isDone: false }
  }
}

/** Only the name in the header is written. */
async function nameParent(machines: Machines, vmId: VmId, file: string): Promise<string> {
  const { inventory, images } = machines.deps
  const { layers } = inventory.get(vmId)
  const layer = Object.values<Layer>(layers).find((each) => each.file === file)
  const parent = layer?.parentId ? layers[layer.parentId] : undefined
  if (!layer || !parent)
    throw new StillpointError('inventory_damaged', `Layer "${file}" has no parent on record any more.`)
  await images.renameParent(layer, parent)
  return `Its header names "${parent.file}" now.`
}
