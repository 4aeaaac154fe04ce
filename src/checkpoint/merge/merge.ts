import { messageOf } from '../../core/error.ts'
import type { JournalId, VmId } from '../../core/ids.ts'
import type { Progress } from '../../core/progress.ts'
import { MIB } from '../../core/units.ts'
import { chainOf } from '../../disk/chain.ts'
import type { Layer } from '../../disk/layer.ts'
import { afterMergeDown, afterMergeUp, replaceInView } from '../../disk/merge-effect.ts'
import type { MergeAction } from '../../disk/merge-planner.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { activeLayers } from '../../inventory/references.ts'
import type { JournalEntry } from '../../inventory/store-port.ts'
import type { Machines } from '../../machine/machines.ts'
import { resumed } from '../apply/go-on.ts'
import { sweep } from '../sweep.ts'

export type Merge = Extract<MergeAction, { kind: 'merge' }>

/**
 * The journal of a merge:
 *
 *   plan ─ data copied ─ other children's headers ─ [recorded, entry closed] ─ needless layer unlinked
 *
 * The view of every layer stays the same at every point, so a merge that was cut off is simply planned
 * again. Only a pivot under a running guest needs its mark: from there to the record, the guest stands
 * still, so that the child is as good as the lower layer until the record says otherwise.
 */
export interface MergePlan {
  readonly merge: Merge
  /** The guest ran when the merge began. */
  readonly wasRunning: boolean
}

/** Merges one layer. Runs inside the VM's turn. Errors: `cancelled` or the reason of the signal; `disk_full`; `hypervisor_failed`. */
export async function runMerge(
  machines: Machines,
  vmId: VmId,
  merge: Merge,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { inventory, hypervisor, folders, ids } = machines.deps
  const document = inventory.get(vmId)
  const { lower, child, direction } = merge
  const childIsActive = activeLayers(document).has(child.id)
  const below = lower.parentId === null ? null : (document.layers[lower.parentId] ?? null)
  const instance = machines.instance(vmId)
  const live = instance !== null && isInRunningChain(document, child)
  const wasRunning = instance !== null && (await instance.powerState()) === 'running'
  const plan: MergePlan = { merge, wasRunning }
  const journalId = inventory.store.openJournal(vmId, 'merge', plan)
  let recorded = false
  const record = () => {
    const guestStands = wasRunning && live && childIsActive && direction === 'down'
    inventory.changeNow(vmId, (present) => afterMerge(present, merge, guestStands), { closes: journalId })
    recorded = true
  }
  const request = {
    direction,
    lower,
    child,
    below,
    childIsActive,
    bytesPerSecond: () => (inventory.get(vmId).settings.mergeBandwidthMiBps ?? 0) * MIB,
    progress,
    signal,
    beforePivot: () => inventory.store.mark(journalId, 'pivoting'),
    afterPivot: () => {
      if (live) record()
    },
  }
  try {
    if (live) {
      await instance.merge(request)
    } else {
      const host = await hypervisor.openMergeHost(
        chainOf(document.layers, child.id),
        folders.newRun(vmId, ids.next()),
        signal,
      )
      try {
        await host.merge(request)
      } finally {
        await host.close() // what it still holds is on disk after this
      }
    }
    if (!recorded) {
      await renameParents(machines, document, merge, live)
      inventory.store.mark(journalId, 'copied')
      record()
    }
    await inventory.settled(vmId)
    await resumed(machines, vmId)
    await sweep(machines, vmId)
  } catch (error) {
    if (recorded) machines.unsettled.set(vmId, messageOf(error))
    else await failMerge(machines, vmId, journalId, plan)
    throw error
  }
}

/** An error says nothing of whether the pivot took place: that is found out before anything else is done. */
async function failMerge(
  machines: Machines,
  vmId: VmId,
  journalId: JournalId,
  plan: MergePlan,
): Promise<void> {
  const { inventory, log } = machines.deps
  const entry = inventory.store.pendingJournal().find(({ id }) => id === journalId)
  if (!entry) return
  try {
    await recoverMerge(machines, entry, plan)
    await resumed(machines, vmId)
  } catch (error) {
    machines.unsettled.set(vmId, messageOf(error))
    log.error({ err: error, vmId }, 'a merge that failed could not be cleaned up yet')
  }
}

function isInRunningChain(document: VmDocument, layer: Layer): boolean {
  const activeId = document.active[layer.diskId]
  return activeId !== undefined && chainOf(document.layers, activeId).some(({ id }) => id === layer.id)
}

/** After a merge down, the child's other children are closed images whose headers still name it. */
async function renameParents(
  machines: Machines,
  document: VmDocument,
  { direction, lower, child }: Merge,
  live: boolean,
): Promise<void> {
  if (direction !== 'down') return
  const inChain = live ? new Set(runningChain(document, child).map(({ id }) => id)) : new Set<string>()
  for (const layer of Object.values<Layer>(document.layers)) {
    if (layer.parentId === child.id && !inChain.has(layer.id))
      await machines.deps.images.renameParent(layer, lower)
  }
}

function runningChain(document: VmDocument, layer: Layer): Layer[] {
  const activeId = document.active[layer.diskId]
  return activeId === undefined ? [] : chainOf(document.layers, activeId)
}

/** The document after the merge; the needless file is garbage. */
export function afterMerge(
  document: VmDocument,
  { direction, lower, child }: Merge,
  guestStands: boolean,
): VmDocument {
  if (direction === 'up') {
    return {
      ...document,
      layers: afterMergeUp(document.layers, lower, child),
      garbage: [...document.garbage, lower.file],
    }
  }
  const renamed = (state: Checkpoint): Checkpoint => ({
    ...state,
    disks: replaceInView(state.disks, child.id, lower.id),
  })
  return {
    ...document,
    layers: afterMergeDown(document.layers, lower, child),
    active: replaceInView(document.active, child.id, lower.id),
    checkpoints: document.checkpoints.map(renamed),
    discarded: document.discarded.map((each) => ({ ...each, state: renamed(each.state) })),
    instance: document.instance && {
      ...document.instance,
      resumePending: guestStands || document.instance.resumePending,
    },
    garbage: [...document.garbage, child.file],
  }
}

/**
 * A merge that was cut off: a pivot that took place is recorded, anything else is planned again. A job that is still
 * completing could pivot after it was looked at, so its end is waited for first. Idempotent.
 */
export async function recoverMerge(machines: Machines, entry: JournalEntry, plan: MergePlan): Promise<void> {
  const { inventory } = machines.deps
  const { vmId } = entry
  const { merge, wasRunning } = plan
  const instance = await machines.living(vmId)
  await instance?.endMerge(merge.lower)
  const active = (await instance?.activeLayers())?.get(merge.child.diskId)
  if (active === merge.lower.id) {
    await inventory.change(vmId, (document) => afterMerge(document, merge, wasRunning), { closes: entry.id })
  } else {
    inventory.store.closeJournal(entry.id)
  }
  if (instance && wasRunning && (await instance.powerState()) === 'paused') await instance.resume()
}
