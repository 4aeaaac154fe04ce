import { roundMs } from '../core/clock.ts'
import { messageOf, StillpointError } from '../core/error.ts'
import type { CheckpointId, VmId } from '../core/ids.ts'
import { type Progress, partOf } from '../core/progress.ts'
import type { Layer } from '../disk/layer.ts'
import { wakeGuest } from '../guest/wake.ts'
import type { Instance } from '../hypervisor/port.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import type { InstanceRecord, VmDocument } from '../inventory/document.ts'
import type { JournalEntry } from '../inventory/store-port.ts'
import { brokenReason } from '../machine/inspect.ts'
import type { Machines } from '../machine/machines.ts'
import { diskChains } from '../machine/power.ts'
import { verifyMemoryImage, verifyMemoryImageSize } from '../memory/verify.ts'
import { makeLayers, planLayers, removeLayers, withActive } from './new-layers.ts'
import { sweep } from './sweep.ts'

/**
 * The journal of an apply:
 *
 *   plan ─ layers made ─ old guest paused ─ new process loaded, paused ─ [recorded, entry closed] ─ old process ended ─ guest runs
 *   └───────────── on any error: back, and the old guest goes on ──────┘ point of no return
 *
 * The new process is started beside the paused old one, so that a memory image that does not load costs
 * nothing. What the record names as `retiring` is ended after it, and `resumePending` sees to it that
 * the new guest runs even if the daemon ends in between.
 */
export interface ApplyPlan {
  readonly checkpointId: CheckpointId
  readonly layers: readonly Layer[]
  readonly runFolder: string
  readonly wasRunning: boolean
}

export interface Applied {
  readonly checkpoint: Checkpoint
  readonly state: 'off' | 'running'
  /** From the pause of the old guest (or the call, when it was off) to the new one running; null when off. */
  readonly outageMs: number | null
  /** `set`, `off`, or why the clock could not be set; null when the VM is off. */
  readonly clock: string | null
}

/**
 * Puts the VM into the state of the checkpoint; what it held is discarded. Runs inside the VM's turn.
 * Errors, all before the point of no return, with the VM as it was: `vm_broken`, `memory_image_invalid`,
 * `disk_full`, `hypervisor_failed`, `cancelled`.
 */
export async function applyCheckpoint(
  machines: Machines,
  vmId: VmId,
  checkpoint: Checkpoint,
  progress: Progress,
  signal: AbortSignal,
): Promise<Applied> {
  const { inventory, folders, ids, clock } = machines.deps
  const document = inventory.get(vmId)
  progress.report(2, 'checking the checkpoint')
  await requireUsable(machines, document, checkpoint)
  const old = machines.instance(vmId)
  if (old && checkpoint.memory) await requireRoomBeside(machines, document, checkpoint)
  const layers = planLayers(machines, document, checkpoint.hardware.disks, checkpoint.disks)
  const plan: ApplyPlan = {
    checkpointId: checkpoint.id,
    layers,
    runFolder: folders.newRun(vmId, ids.next()),
    wasRunning: (await machines.powerState(vmId)) === 'running',
  }
  const journalId = inventory.store.openJournal(vmId, 'apply', plan)
  let fresh: Instance | null = null
  let startedAt = clock.monotonicMs()
  try {
    await makeLayers(machines, document, layers)
    inventory.store.mark(journalId, 'layers')
    if (plan.wasRunning && old) {
      startedAt = clock.monotonicMs()
      await old.pause()
      inventory.store.mark(journalId, 'paused')
    }
    if (checkpoint.memory) {
      fresh = await loadInstance(machines, document, checkpoint, plan, partOf(progress, 10, 80), signal)
      inventory.store.mark(journalId, 'loaded')
      await fresh.powerState() // there is no way back after this, so it must still live
    }
    signal.throwIfAborted()
    const loaded = fresh
    await inventory.change(
      vmId,
      (present) => ({
        ...withActive(present, layers),
        hardware: checkpoint.hardware,
        nowParentId: checkpoint.id,
        offConsistency: loaded ? 'crash' : checkpoint.record.consistency,
        instance: loaded && machines.recordOf(loaded, true),
        retiring: [...present.retiring, ...retiredBy(present.instance)],
      }),
      { closes: journalId },
    )
  } catch (error) {
    await rollBack(machines, vmId, journalId, plan, error)
    throw error
  }
  let outageMs: number | null = null
  try {
    machines.release(vmId)
    if (fresh) {
      machines.adopt(vmId, fresh)
      await fresh.resume()
      outageMs = roundMs(clock.monotonicMs() - startedAt)
    }
    progress.report(90, 'ending the old state')
    await old?.kill()
    await resumed(machines, vmId)
    await sweep(machines, vmId)
  } catch (error) {
    machines.unsettled.set(vmId, messageOf(error)) // the record says what is still to be done
    throw error
  }
  const clockResult = fresh && (await afterResume(machines, document, fresh))
  return { checkpoint, state: fresh ? 'running' : 'off', outageMs, clock: clockResult }
}

const retiredBy = (instance: InstanceRecord | null) => (instance ? [instance] : [])

/** Everything that can be known to be wrong before the running guest is touched. */
async function requireUsable(
  machines: Machines,
  document: VmDocument,
  checkpoint: Checkpoint,
): Promise<void> {
  const reason = await brokenReason(machines.deps.images, document, checkpoint.disks)
  if (reason !== null) {
    throw new StillpointError(
      'vm_broken',
      `Checkpoint "${checkpoint.name}" of VM "${document.name}" cannot be applied: ${reason}`,
    )
  }
  if (checkpoint.memory) await verifyMemoryImageSize(checkpoint.memory)
}

/** What a QEMU process needs besides its guest's memory, roughly. */
const processMiB = 100

/** Both processes hold their memory for a moment. Error: `memory_short`. */
async function requireRoomBeside(
  machines: Machines,
  document: VmDocument,
  { name, hardware }: Checkpoint,
): Promise<void> {
  const available = await machines.deps.hypervisor.availableMemoryMiB()
  if (available >= hardware.memoryMiB * 1.05 + processMiB) return
  throw new StillpointError(
    'memory_short',
    `Checkpoint "${name}" is loaded beside the running VM "${document.name}" and needs ${hardware.memoryMiB} MiB for that; the host has ${available} MiB available. Stop the VM first, or free some memory.`,
  )
}

/** Loads the memory image into a new process, and checks the image's checksum at the same time. */
async function loadInstance(
  machines: Machines,
  document: VmDocument,
  checkpoint: Checkpoint,
  plan: ApplyPlan,
  progress: Progress,
  signal: AbortSignal,
): Promise<Instance> {
  const { hypervisor, folders } = machines.deps
  const { memory, hardware } = checkpoint
  if (!memory) throw new StillpointError('internal', 'Only a standard checkpoint has memory to load.')
  const next = withActive(document, plan.layers)
  progress.report(0, 'loading memory')
  const loading = hypervisor.launch(
    {
      vmId: document.id,
      hardware,
      disks: diskChains(hardware, next.layers, next.active),
      runFolder: plan.runFolder,
      consoleLog: folders.consoleLog(document.id),
      begin: { kind: 'memory', file: memory.file },
      onProgress: progress,
    },
    signal,
  )
  const [loaded, verified] = await Promise.allSettled([loading, verifyMemoryImage(memory, signal)])
  if (loaded.status === 'fulfilled' && verified.status === 'fulfilled') return loaded.value
  if (loaded.status === 'fulfilled') await loaded.value.kill()
  throw verified.status === 'rejected' ? verified.reason : loaded.status === 'rejected' && loaded.reason
}

async function rollBack(
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
  const old = await machines.living(entry.vmId)
  if (old && plan.wasRunning && (await old.powerState()) === 'paused') await old.resume()
  inventory.store.closeJournal(entry.id)
}

/** The guest was told to run: that need not be done again. */
export async function resumed(machines: Machines, vmId: VmId): Promise<void> {
  const { inventory } = machines.deps
  if (!inventory.get(vmId).instance?.resumePending) return
  await inventory.change(vmId, (document) => ({
    ...document,
    instance: document.instance && { ...document.instance, resumePending: false },
  }))
}

/**
 * The guest is back at an earlier instant: its cards are announced, it is thawed if it was frozen then, its
 * clock is set. None of that can fail the apply.
 */
async function afterResume(machines: Machines, document: VmDocument, instance: Instance): Promise<string> {
  const { log, clock } = machines.deps
  const warn = (error: unknown) => log.warn({ err: error, vmId: document.id }, 'after an apply')
  await instance.announce().catch(warn)
  const { syncClockAfterApply } = document.settings
  try {
    const { wasFrozen } = await wakeGuest(instance.agentSocket, syncClockAfterApply ? clock : null)
    if (wasFrozen) log.warn({ vmId: document.id }, 'the guest was frozen in the checkpoint, and was thawed')
    return syncClockAfterApply ? 'set' : 'off'
  } catch (error) {
    return syncClockAfterApply ? messageOf(error) : 'off'
  }
}
