import { setTimeout as sleep } from 'node:timers/promises'
import { roundMs } from '../../core/clock.ts'
import { messageOf, StillpointError } from '../../core/error.ts'
import type { CheckpointId, VmId } from '../../core/ids.ts'
import { type Progress, partOf } from '../../core/progress.ts'
import type { Instance } from '../../hypervisor/port.ts'
import type { Checkpoint, GuardDecision } from '../../inventory/checkpoint.ts'
import { discardedFrom, withDiscarded } from '../../inventory/discarded.ts'
import type { DiscardedState, InstanceRecord, LoadingMemory, VmDocument } from '../../inventory/document.ts'
import { brokenReason } from '../../machine/inspect.ts'
import type { Machines } from '../../machine/machines.ts'
import type { RestoreServer } from '../../memory/restore/restore-server.ts'
import type { Member } from '../group/rendezvous.ts'
import { makeLayers, planLayers, withActive } from '../new-layers.ts'
import { sweep } from '../sweep.ts'
import {
  copyTpmState,
  makeTpmFolder,
  planTpmFolder,
  planTpmState,
  requireTpmState,
  sealTpmState,
  withTpmFolder,
} from '../tpm-state.ts'
import { type ApplyPlan, rollBack } from './apply-journal.ts'
import { afterResume, resumeBeside, resumed } from './go-on.ts'
import { guestToKeep, type OldGuest } from './keep-memory.ts'
import { type LoadedBy, loadMemory, requireMemoryImage } from './load-memory.ts'

/** What the VM is put back to. */
export interface Target {
  /** A checkpoint, or what an apply discarded. */
  readonly state: Checkpoint
  /** The checkpoint that Now will hang under. */
  readonly nowParentId: CheckpointId | null
  /** Name of the checkpoint that the present state makes room for. */
  readonly applied: string
  /** The discarded state that is brought back; null when a checkpoint is applied. */
  readonly undoes: CheckpointId | null
  /** Keep what is discarded; needless when a checkpoint holds it already. */
  readonly keep: boolean
  /** Let the guest run when its memory is there. */
  readonly resume: boolean
  /** What was decided about the risks, for the record. */
  readonly guards: readonly GuardDecision[]
  /** The other VMs that are put back at the same time; null when it is this one alone. */
  readonly together: Member | null
}

export interface Applied {
  readonly state: 'off' | 'running' | 'paused'
  /** From the pause of the old guest (or the call, when it was off) to the new one running; null when off. */
  readonly outageMs: number | null
  /** `set`, `off`, or why the clock could not be set; null when the VM is off. */
  readonly clock: string | null
  /** How the memory was loaded; null when the VM is off. */
  readonly memory: LoadedBy | null
  /** What can be brought back, and until when; null when nothing is kept. */
  readonly discarded: DiscardedState | null
  /** The old guest, paused: its memory is still to be saved, or it to be ended, by `keepMemory`. Null when it was ended. */
  readonly oldGuest: OldGuest | null
}

export interface ApplyOptions extends Pick<Target, 'keep'>, Partial<Pick<Target, 'guards' | 'together'>> {}

/** Applies a checkpoint; as `putInto`. */
export async function applyCheckpoint(
  machines: Machines,
  vmId: VmId,
  checkpoint: Checkpoint,
  options: ApplyOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Applied> {
  const target: Target = {
    state: checkpoint,
    nowParentId: checkpoint.id,
    applied: checkpoint.name,
    undoes: null,
    keep: options.keep,
    resume: true,
    guards: options.guards ?? [],
    together: options.together ?? null,
  }
  return await putInto(machines, vmId, target, progress, signal)
}

/**
 * Puts the VM into a state; what it held is discarded, and kept for an undo. Runs inside the VM's turn. The guest
 * finds a new value in its generation device.
 * Errors, all before the point of no return, with the VM as it was: `vm_broken`, `memory_image_invalid`, `memory_short`,
 * `disk_full`, `hypervisor_failed`, `cancelled`.
 */
export async function putInto(
  machines: Machines,
  vmId: VmId,
  target: Target,
  progress: Progress,
  signal: AbortSignal,
): Promise<Applied> {
  const { inventory, folders, ids, clock } = machines.deps
  const { state: checkpoint, together } = target
  const document = inventory.get(vmId)
  progress.report(2, 'checking the checkpoint')
  await requireUsable(machines, document, checkpoint)
  const old = machines.instance(vmId)
  const layers = planLayers(machines, document, checkpoint.hardware.disks, checkpoint.disks)
  const powerState = await machines.powerState(vmId)
  const discardedId = ids.next<CheckpointId>()
  const plan: ApplyPlan = {
    checkpointId: checkpoint.id,
    layers,
    runFolder: folders.newRun(vmId, ids.next()),
    tpmFolder: planTpmFolder(machines, vmId, checkpoint),
    tpmState: keepsDiscarded(document, target) ? planTpmState(machines, document, discardedId) : null,
    wasRunning: powerState === 'running',
  }
  const generationId = ids.uuid()
  const journalId = inventory.store.openJournal(vmId, 'apply', plan)
  let loaded: { instance: Instance; server: RestoreServer; by: LoadedBy } | null = null
  let startedAt = clock.monotonicMs()
  let discarded: DiscardedState | null = null
  try {
    await makeLayers(machines, document, layers)
    await makeTpmFolder(plan.tpmFolder, checkpoint)
    inventory.store.mark(journalId, 'layers')
    const pause = async () => {
      if (!plan.wasRunning || !old) return
      startedAt = clock.monotonicMs()
      await pauseOld(old, document)
      inventory.store.mark(journalId, 'paused')
    }
    if (together) {
      // What another VM of the group still sent would reach a guest that is back at a time before it was sent.
      await together.ready()
      await pause()
      await together.still()
    }
    if (checkpoint.memory) {
      loaded = await loadMemory(
        machines,
        document,
        checkpoint,
        { ...plan, generationId },
        partOf(progress, 10, 80),
        signal,
        together,
      )
      inventory.store.mark(journalId, 'loaded')
    }
    signal.throwIfAborted()
    if (!together) await pause()
    // There is no way back after this, so it must be given its memory, and still live.
    if (loaded?.by.mode === 'lazy') await loaded.server.reached('running')
    await loaded?.instance.powerState()
    const begun = loaded && {
      resumePending: target.resume,
      loading: loaded.by.mode === 'lazy' ? loadingOf(checkpoint) : null,
    }
    await copyTpmState(document, plan.tpmState)
    discarded = keepsDiscarded(document, target)
      ? discardedFrom(inventory.get(vmId), {
          id: discardedId,
          at: clock.now(),
          applied: target.applied,
          cause: target.undoes === null ? 'apply' : 'undo',
          powerState: powerState === 'stuck' ? 'off' : powerState,
          qemuVersion: old?.identity.qemuVersion ?? null,
          tpmState: await sealTpmState(plan.tpmState),
        })
      : null
    const edit = (present: VmDocument): VmDocument => {
      const next = {
        ...withTpmFolder(withActive(present, layers), plan.tpmFolder),
        hardware: checkpoint.hardware,
        generationId,
        lastApply: { checkpointName: checkpoint.name, at: clock.now().toISOString(), guards: target.guards },
        nowParentId: target.nowParentId,
        offConsistency: loaded ? 'crash' : checkpoint.record.consistency,
        instance: loaded && begun && machines.recordOf(loaded.instance, begun),
        retiring: [...present.retiring, ...retiredBy(present.instance)],
      }
      return withDiscarded(next, discarded, target.undoes)
    }
    if (together) await together.record({ journalId, edit })
    else await inventory.change(vmId, edit, { closes: journalId })
  } catch (error) {
    together?.fails(error)
    loaded?.server.disconnect()
    await rollBack(machines, vmId, journalId, plan, error)
    throw error
  }
  const fresh = loaded?.instance ?? null
  let outageMs: number | null = null
  let oldGuest: OldGuest | null = null
  try {
    let follows = false
    const followMemory = () => {
      if (follows || loaded?.by.mode !== 'lazy' || machines.instance(vmId) !== loaded.instance) return
      follows = true
      machines.loads.begin(vmId, loaded.instance, loaded.server)
    }
    const goOn = async () => {
      machines.release(vmId)
      if (!fresh) return
      machines.adopt(vmId, fresh)
      const orphaned = loaded?.by.mode === 'lazy' ? loaded.server.closed : forever
      if (target.resume) await resumeBeside(fresh, old, orphaned, followMemory)
      outageMs = roundMs(clock.monotonicMs() - startedAt)
    }
    await (together ? together.inOrder(goOn) : goOn())
    oldGuest = await guestToKeep(machines, document, discarded, old, checkpoint, together)
    if (!oldGuest) {
      progress.report(90, 'ending the old state')
      await old?.kill()
    }
    // Only now, for the old process has given its memory back, or there is room for both.
    followMemory()
    await resumed(machines, vmId)
    await sweep(machines, vmId, oldGuest && document.instance)
  } catch (error) {
    machines.unsettled.set(vmId, messageOf(error)) // the record says what is still to be done
    throw error
  }
  const clockResult = fresh && target.resume ? await afterResume(machines, document, fresh) : null
  return {
    state: fresh ? (target.resume ? 'running' : 'paused') : 'off',
    outageMs,
    clock: clockResult,
    memory: loaded?.by ?? null,
    discarded,
    oldGuest,
  }
}

const keepsDiscarded = ({ settings }: VmDocument, { keep }: Target) => keep && settings.undoHours > 0

const forever = new Promise<never>(() => {})

const loadingOf = ({ memory }: Checkpoint): LoadingMemory | null =>
  memory && { file: memory.file, sha256: memory.sha256, sources: memory.sources }

/** How long a guest that waits for a page of its memory is waited for; it is discarded anyway. */
const pausePatienceMs = 3000

async function pauseOld(old: Instance, { instance }: VmDocument): Promise<void> {
  const paused = old.pause()
  if (!instance?.loading) return await paused
  paused.catch(() => {}) // its process may be ended before it answers
  await Promise.race([paused, sleep(pausePatienceMs)])
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
  if (checkpoint.memory) await requireMemoryImage(checkpoint.memory)
  else await requireTpmState(checkpoint)
}
