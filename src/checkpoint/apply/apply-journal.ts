import { removeFile, removeTree } from '../../core/durable-file.ts'
import { messageOf } from '../../core/error.ts'
import type { CheckpointId, VmId } from '../../core/ids.ts'
import type { Layer } from '../../disk/layer.ts'
import type { JournalEntry } from '../../inventory/store-port.ts'
import type { Machines } from '../../machine/machines.ts'
import { removeLayers } from '../new-layers.ts'

/**
 * The journal of an apply:
 *
 *   plan ─ layers made ─ new process loaded, paused ─ old guest paused ─ [recorded, entry closed] ─ guest runs ─ old process ended
 *   └───────────── on any error: back, and the old guest goes on ──────┘ point of no return
 *
 * The new process is started beside the running old one, so that a memory image that does not load costs
 * nothing, and the old guest stands still for a moment only. Pages that the new one lacks follow while it runs.
 * What the record names as `retiring` is ended after it, and `resumePending` sees to it that the new guest runs
 * even if the daemon ends in between.
 *
 * In a group, all old guests stand still before anything is loaded, and all records are made in one transaction.
 */
export interface ApplyPlan {
  readonly checkpointId: CheckpointId
  readonly layers: readonly Layer[]
  readonly runFolder: string
  /** Of the vTPM's new life; null without one. */
  readonly tpmFolder: string | null
  /** The copy of what it held, for an undo; null when there is nothing to keep. */
  readonly tpmState: string | null
  readonly wasRunning: boolean
}

/** An apply that failed goes back; when that fails too, nothing else is done to the VM until it was done. */
export async function rollBack(
  machines: Machines,
  vmId: VmId,
  journalId: string,
  plan: ApplyPlan,
  error: unknown,
): Promise<void> {
  const { inventory, log } = machines.deps
  const entry = inventory.store.pendingJournal().find(({ id }) => id === journalId)
  if (!entry) return
  try {
    await recoverApply(machines, entry, plan)
  } catch (second) {
    machines.unsettled.set(vmId, messageOf(second))
    log.error({ err: second, vmId, first: messageOf(error) }, 'an apply that failed could not be cleaned up')
  }
}

/** An apply that was not recorded goes back: the new process and layers are removed, the old guest goes on. Idempotent. */
export async function recoverApply(machines: Machines, entry: JournalEntry, plan: ApplyPlan): Promise<void> {
  const { inventory, hypervisor } = machines.deps
  await hypervisor.endStrays(plan.runFolder, new Set())
  await removeLayers(plan.layers)
  if (plan.tpmFolder) await removeTree(plan.tpmFolder)
  if (plan.tpmState) await removeFile(plan.tpmState)
  const old = await machines.living(entry.vmId)
  if (old && plan.wasRunning && (await old.powerState()) === 'paused') await old.resume()
  inventory.store.closeJournal(entry.id)
}
