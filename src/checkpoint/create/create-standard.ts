import { partOf } from '../../core/progress.ts'
import type { SavedState } from '../../hypervisor/port.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import { type MemoryReceiver, receiveMemory } from '../../memory/capture/receiver.ts'
import { endedMeanwhile } from '../ended-meanwhile.ts'
import { switchesTo } from '../new-layers.ts'
import { copyTpmState } from '../tpm-state.ts'
import { beginCreate, failCreate, finishCreate } from './create-journal.ts'
import type { Draft } from './draft.ts'
import { earlierImages } from './earlier-images.ts'

/**
 * Disks and memory of one instant, the guest unaware: the disks are switched while it stands still for
 * milliseconds, its memory follows while it runs.
 */
export async function createStandard(draft: Draft): Promise<Checkpoint> {
  const { machines, vmId, checkpointId, progress, signal } = draft
  const { folders, inventory, clock, log } = machines.deps
  const document = inventory.get(vmId)
  const instance = machines.running(vmId)
  // Pages that are still on their way would be missing, and QEMU does one thing of the kind at a time.
  await machines.loads.whenResident(vmId, progress, signal)
  progress.report(5, 'making the differencing disks')
  const begun = await beginCreate(draft, 'standard')
  let receiver: MemoryReceiver | null = null
  try {
    const file = folders.memoryImage(inventory.get(vmId), checkpointId)
    receiver = await receiveMemory({
      socketPath: `${instance.identity.runFolder}/mem.sock`,
      file,
      imageId: checkpointId,
      memoryMiB: document.hardware.memoryMiB,
      ...(await earlierImages(document)),
    })
    begun.mark('switching')
    let createdAt = clock.now()
    const saved: SavedState = await instance.saveState({
      memoryMiB: document.hardware.memoryMiB,
      switches: switchesTo(document, begun.plan.layers),
      target: receiver,
      atInstant: () => copyTpmState(document, begun.plan.tpmState),
      progress: partOf(progress, 10, 90),
      signal,
      meeting: draft.together ?? undefined,
      onSwitched: ({ pauseMs }) => {
        createdAt = clock.now()
        if (begun.plan.wasRunning) draft.together?.goesOn()
        begun.mark('switched')
        progress.report(10, `the guest goes on after ${pauseMs} ms; saving its memory`)
      },
    })
    progress.report(92, 'making the memory image durable')
    const { sizeBytes, sha256, sources } = await receiver.finish()
    begun.mark('saved')
    const parentProblem = receiver.parentProblem()
    if (parentProblem !== null)
      log.warn({ vmId, reason: parentProblem }, 'a memory image holds all of its pages itself')
    return await finishCreate(begun, {
      kind: 'standard',
      createdAt,
      memory: {
        file,
        sizeBytes,
        sha256,
        capture: saved.capture,
        sources: sources.map(({ fileName }) => fileName),
      },
      record: {
        consistency: 'exact-memory',
        captureReason: saved.captureReason,
        frozenMs: null,
        pauseMs: saved.pauseMs,
        switchMs: saved.switchMs,
        agentVersion: null,
        frozenFileSystems: null,
        applications: [],
      },
    })
  } catch (error) {
    draft.together?.fails(error)
    // When writing the image failed, QEMU only knows that nobody listened any more; and when QEMU ended, the receiver only
    // knows that the stream was cut short.
    const cause = (await endedMeanwhile(machines, vmId, error)) ?? receiver?.failure() ?? error
    await receiver?.abandon()
    throw await failCreate(begun, cause)
  }
}
