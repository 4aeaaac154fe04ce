import { isStillpointError, messageOf } from '../../core/error.ts'
import type { VmId } from '../../core/ids.ts'
import { wakeGuest } from '../../guest/wake.ts'
import type { Instance } from '../../hypervisor/port.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Machines } from '../../machine/machines.ts'

/**
 * The new guest goes on while the old process still lives. One that has a layer of both open for writing, as it can
 * after a merge that gave way, is ended first. `orphaned` resolves when nobody gives the new guest its memory any more:
 * it may stand still for a page then, and its monitor with it, until `adoptMemory` has found it another source.
 */
export async function resumeBeside(
  fresh: Instance,
  old: Instance | null,
  orphaned: Promise<void>,
  adoptMemory: () => void,
): Promise<void> {
  const resuming = fresh.resume()
  resuming.catch(() => {}) // awaited below
  void orphaned.then(adoptMemory)
  try {
    await resuming
  } catch (error) {
    if (!old || !isStillpointError(error, 'hypervisor_failed', 'image_in_use')) throw error
    await old.kill()
    await fresh.resume()
  }
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
export async function afterResume(
  machines: Machines,
  document: VmDocument,
  instance: Instance,
): Promise<string> {
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
