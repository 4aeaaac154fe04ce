import type { VmRow } from '../contract/vm.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Machines } from '../machine/machines.ts'
import type { Task } from '../task/task.ts'
import type { PowerState } from '../vm/power.ts'

export interface VmContext {
  readonly machines: Machines
  /** The VM's newest task that runs, if any. */
  readonly task: Task | undefined
  readonly waitingMerges: number
  /** Why they do not begin; null when they do. */
  readonly mergesWaitFor: string | null
}

/** What a list of VMs shows: of records and processes alone, for whoever looks at files cannot do so for thousands. */
export function viewVmRow(
  document: VmDocument,
  power: PowerState,
  { machines, task, waitingMerges, mergesWaitFor }: VmContext,
): VmRow {
  const { id, hardware } = document
  const unsettled = machines.unsettled.get(id)
  const broken = unsettled ?? machines.broken.get(id) ?? null
  return {
    id,
    name: document.name,
    state: unsettled !== undefined || (broken !== null && power === 'off') ? 'broken' : power,
    brokenReason: broken,
    status: statusOf(task, machines.loads.percent(id)) ?? mergesWaitFor,
    startedAt: document.instance?.startedAt ?? null,
    memoryMiB: hardware.memoryMiB,
    cpus: hardware.cpus,
    display: hardware.display,
    tags: document.tags,
    checkpointCount: document.checkpoints.length,
    waitingMerges,
  }
}

function statusOf(task: Task | undefined, residentPercent: number | null): string | null {
  if (task) return `${task.title} (${Math.floor(task.percent)}%)`
  return residentPercent === null ? null : `Memory ${residentPercent}% resident`
}
