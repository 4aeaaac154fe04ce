import { removeFile } from '../../core/durable-file.ts'
import { messageOf, StillpointError } from '../../core/error.ts'
import type { CheckpointId, VmId } from '../../core/ids.ts'
import { type Progress, partOf } from '../../core/progress.ts'
import type { Instance } from '../../hypervisor/port.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { DiscardedState, VmDocument } from '../../inventory/document.ts'
import type { JournalEntry } from '../../inventory/store-port.ts'
import type { Machines } from '../../machine/machines.ts'
import { receiveMemory } from '../../memory/capture/receiver.ts'
import { earlierImages } from '../create/earlier-images.ts'
import type { Member } from '../group/rendezvous.ts'
import { sweepOrLater } from '../sweep.ts'

/**
 * The guest that an apply has discarded, paused at its last instant. Its disks are kept by the record already;
 * its memory is saved from the process behind the guest that runs by now, so that the apply takes no longer for it.
 */
export interface OldGuest {
  readonly stateId: CheckpointId
  readonly instance: Instance
  readonly memoryMiB: number
  readonly parentId: CheckpointId | null
}

/** What the process that takes the memory needs, roughly. */
const receiverMiB = 300

/**
 * The old guest whose memory can be kept. Null when nothing is kept, or only its disks can be: when it was off, stuck
 * or still being loaded itself, or when the host has no room for both.
 */
export async function guestToKeep(
  machines: Machines,
  document: VmDocument,
  discarded: DiscardedState | null,
  old: Instance | null,
  next: Checkpoint,
  together: Member | null,
): Promise<OldGuest | null> {
  const { log, hypervisor } = machines.deps
  if (!discarded || !old || discarded.powerState === 'off') return null
  const { hardware, instance, id: vmId } = document
  const neededMiB = next.memory && hardware.memoryBacking !== 'huge-pages' ? next.hardware.memoryMiB : 0
  const ownMiB = neededMiB === 0 ? 0 : Math.ceil(neededMiB * 1.05) + receiverMiB
  const hasRoom = (await hypervisor.availableMemoryMiB()) >= (together?.claimMiB(ownMiB) ?? ownMiB)
  if (instance?.loading || !hasRoom) {
    const reason = hasRoom ? 'it was still being loaded itself' : 'the host has too little memory for both'
    log.info({ vmId, reason }, 'the memory of a discarded state is not kept')
    return null
  }
  return {
    stateId: discarded.state.id,
    instance: old,
    memoryMiB: hardware.memoryMiB,
    parentId: discarded.state.parentId,
  }
}

export interface KeepPlan {
  readonly stateId: CheckpointId
  readonly file: string
}

/**
 * Saves the memory of a discarded guest, adds it to the record, and ends its process. Runs inside the VM's turn, right
 * after the apply's: as long as the process lives, its layers must not be merged.
 *
 *   plan ─ memory saved ─ [recorded, entry closed] ─ old process ended
 *   └── on any error: the image is removed; the disks stay, and boot as after a power failure ──┘
 */
export async function keepMemory(
  machines: Machines,
  vmId: VmId,
  guest: OldGuest,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { inventory, folders } = machines.deps
  const { stateId, instance, memoryMiB, parentId } = guest
  const file = folders.memoryImage(inventory.get(vmId), stateId)
  const plan: KeepPlan = { stateId, file }
  const journalId = inventory.store.openJournal(vmId, 'keep', plan)
  try {
    const receiver = await receiveMemory({
      socketPath: `${instance.identity.runFolder}/mem.sock`,
      file,
      imageId: stateId,
      memoryMiB,
      ...(await earlierImages(inventory.get(vmId), parentId)),
    })
    try {
      const { capture } = await instance.saveState({
        memoryMiB,
        switches: [],
        target: receiver,
        progress: partOf(progress, 0, 95),
        signal,
        isDiscarded: true,
        onSwitched: () => {},
      })
      const { sizeBytes, sha256, sources } = await receiver.finish()
      inventory.store.mark(journalId, 'saved')
      const memory = { file, sizeBytes, sha256, capture, sources: sources.map(({ fileName }) => fileName) }
      await inventory.change(vmId, (present) => withMemory(present, stateId, memory), { closes: journalId })
    } catch (error) {
      const cause = receiver.failure() ?? error
      await receiver.abandon()
      throw cause
    }
  } catch (error) {
    const entry = inventory.store.pendingJournal().find(({ id }) => id === journalId)
    if (entry) await recoverKeep(machines, entry, plan)
    throw error
  } finally {
    await instance.kill()
    await sweepOrLater(machines, vmId)
  }
}

/** The discarded state with its memory: bringing it back resumes the exact instant. */
function withMemory(
  document: VmDocument,
  stateId: CheckpointId,
  memory: NonNullable<Checkpoint['memory']>,
): VmDocument {
  if (!document.discarded.some(({ state }) => state.id === stateId))
    throw new StillpointError('nothing_to_undo', 'The discarded state is not kept any more.')
  return {
    ...document,
    discarded: document.discarded.map((each) =>
      each.state.id === stateId
        ? {
            ...each,
            state: {
              ...each.state,
              kind: 'standard',
              memory,
              record: { ...each.state.record, consistency: 'exact-memory', pauseMs: 0 },
            },
          }
        : each,
    ),
  }
}

/** Memory that was not recorded is removed; the disks stay kept. Idempotent. */
export async function recoverKeep(machines: Machines, entry: JournalEntry, plan: KeepPlan): Promise<void> {
  await removeFile(plan.file)
  await removeFile(`${plan.file}.partial`)
  machines.deps.inventory.store.closeJournal(entry.id)
}

/** The old guest's end, and what the user has to know of it, when its memory could not be kept. */
export async function endOldGuest(
  machines: Machines,
  vmId: VmId,
  { instance }: OldGuest,
  error: unknown,
): Promise<void> {
  const { events, inventory, log } = machines.deps
  await instance.kill().catch((second) => log.warn({ err: second, vmId }, 'an old guest could not be ended'))
  if (!inventory.has(vmId)) return
  const { name } = inventory.get(vmId)
  events.publish({
    type: 'notice',
    vmId,
    level: 'warning',
    message: `The memory of what the apply on VM "${name}" discarded is not kept: ${messageOf(error)} Undoing it boots the VM from its disks as they were.`,
  })
}
