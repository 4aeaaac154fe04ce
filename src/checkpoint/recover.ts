import { neverAborted } from '../core/cancel.ts'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'
import type { LayerId, VmId } from '../core/ids.ts'
import { chainOf } from '../disk/chain.ts'
import { wakeGuest } from '../guest/wake.ts'
import type { Instance } from '../hypervisor/port.ts'
import type { InstanceRecord, VmDocument } from '../inventory/document.ts'
import { withoutInstance } from '../inventory/memory-images.ts'
import type { JournalEntry } from '../inventory/store-port.ts'
import { type DiskPlan, recoverDisk } from '../machine/disks.ts'
import { brokenReason } from '../machine/inspect.ts'
import type { Machines } from '../machine/machines.ts'
import { removeRunFolders } from '../machine/run-folders.ts'
import { type ApplyPlan, recoverApply } from './apply/apply-journal.ts'
import { resumed } from './apply/go-on.ts'
import { type KeepPlan, recoverKeep } from './apply/keep-memory.ts'
import { type CreatePlan, recoverCreate } from './create/create-journal.ts'
import { type MergePlan, recoverMerge } from './merge/merge.ts'
import { sweep } from './sweep.ts'

/**
 * At the start of the daemon every VM counts as not in order, until it was. What fails for one VM leaves
 * the others alone; it is tried again from time to time, and before anything is done to the VM.
 */
export async function recoverAll(machines: Machines): Promise<void> {
  for (const { id } of machines.deps.inventory.all())
    machines.unsettled.set(id, 'The daemon has just started.')
  await machines.settleAll()
}

/**
 * Puts a VM in order:
 * 1. find its process again, or record that it ended;
 * 2. bring unfinished work to an end, by the journal and by what the disks really are;
 * 3. let a guest go on that was to run and had not been told so; end processes that nobody knows;
 * 4. remove what nothing refers to; look whether its images are there; thaw its guest.
 * Idempotent. Says in the log what it did.
 */
export async function putInOrder(machines: Machines, vmId: VmId): Promise<void> {
  const { inventory, hypervisor, folders, log } = machines.deps
  if (!machines.instance(vmId)) await findProcess(machines, vmId)
  for (const entry of inventory.store.pendingJournal().filter((each) => each.vmId === vmId)) {
    await recoverEntry(machines, entry)
    log.info(
      { vmId, operation: entry.operation, marks: entry.marks.map(({ step }) => step) },
      'unfinished work was brought to an end',
    )
  }
  const instance = machines.instance(vmId)
  if (instance) await agreeOnChains(machines, vmId, instance)
  // What it has open for writing would keep the guest that took its place from its disks.
  for (const { runFolder } of inventory.get(vmId).retiring) await hypervisor.endStrays(runFolder, new Set())
  if (inventory.get(vmId).instance?.resumePending) {
    if ((await machines.powerState(vmId)) === 'paused') await instance?.resume()
    await resumed(machines, vmId)
  }
  const known = inventory.get(vmId).instance
  if (instance && known) await machines.loads.attach(vmId, instance, known)
  const ended = await hypervisor.endStrays(folders.vm(vmId), new Set(known ? [known.pid] : []))
  if (ended.length > 0)
    log.warn({ vmId, qemuPids: ended }, 'processes that belonged to unfinished work were ended')
  await sweep(machines, vmId)
  await inventory.refreshCopy(vmId)
  const reason = await brokenReason(machines.deps.images, inventory.get(vmId))
  if (reason === null) machines.broken.delete(vmId)
  else {
    machines.broken.set(vmId, reason)
    log.error({ vmId, reason }, 'a VM is broken')
  }
  await removeRunFolders(folders.run(vmId), known?.runFolder ?? null)
  if (instance) void thaw(machines, vmId, instance.agentSocket)
}

async function findProcess(machines: Machines, vmId: VmId): Promise<void> {
  const { inventory, log } = machines.deps
  const document = inventory.get(vmId)
  if (!document.instance) return
  const instance = await attachUnlessLost(machines, document, document.instance)
  if (instance) {
    machines.adopt(vmId, instance)
    log.info({ vmId, qemuPid: instance.identity.pid }, 'a running VM was found again')
  } else {
    await inventory.change(vmId, (present) => withoutInstance(present, 'crash'))
    log.warn({ vmId }, 'a VM had ended while no daemon ran')
  }
}

/**
 * The VM's process; null when it is gone. One whose main loop waits for a page of memory answers nobody, and when nobody
 * is left to deliver pages it does so for ever: it is ended, for there is no way to tell it of another source.
 */
async function attachUnlessLost(
  machines: Machines,
  { id: vmId, name }: VmDocument,
  record: InstanceRecord,
): Promise<Instance | null> {
  const { hypervisor, events, log } = machines.deps
  try {
    return await hypervisor.attach(record, neverAborted)
  } catch (error) {
    if (!isStillpointError(error, 'timeout') || !record.loading) throw error
    if (!hypervisor.waitsForMemory(record) || (await machines.loads.isServed(record))) throw error
    const message = `VM "${name}" is ended: the process that restored its memory was killed while no daemon ran, and the guest waited for pages that could not come any more. It can be started from its disks, or the checkpoint applied again.`
    log.error({ vmId, qemuPid: record.pid }, message)
    events.publish({ type: 'notice', vmId, level: 'error', message })
    await hypervisor.endStrays(record.runFolder, new Set())
    return null
  }
}

/**
 * What a process has open beside its chains is left over, and closed. A process that writes to another layer than the
 * record says must not be touched: its guest goes on, and the VM is reported as broken.
 */
async function agreeOnChains(machines: Machines, vmId: VmId, instance: Instance): Promise<void> {
  const { layers, active, name } = machines.deps.inventory.get(vmId)
  for (const [diskId, layerId] of await instance.activeLayers()) {
    if (active[diskId] === layerId) continue
    throw new StillpointError(
      'inventory_damaged',
      `VM "${name}" writes ${diskId} to layer "${layerId}", its record says "${active[diskId]}". Do not stop it before this is mended.`,
    )
  }
  const inChains = new Set(
    Object.values<LayerId>(active).flatMap((topId) => chainOf(layers, topId).map(({ id }) => id)),
  )
  await instance.closeLayers([...(await instance.openLayerIds()).difference(inChains)])
}

async function recoverEntry(machines: Machines, entry: JournalEntry): Promise<void> {
  const { inventory, hypervisor } = machines.deps
  // Plans are read back as they were written; their version is that of the document format.
  switch (entry.operation) {
    case 'create':
      return await recoverCreate(machines, entry, entry.plan as CreatePlan)
    case 'apply':
      return await recoverApply(machines, entry, entry.plan as ApplyPlan)
    case 'keep':
      return await recoverKeep(machines, entry, entry.plan as KeepPlan)
    case 'merge':
      return await recoverMerge(machines, entry, entry.plan as MergePlan)
    case 'disk':
      return await recoverDisk(machines, entry, entry.plan as DiskPlan)
    case 'start': {
      await hypervisor.endStrays((entry.plan as { runFolder: string }).runFolder, new Set())
      inventory.store.closeJournal(entry.id)
      return
    }
    default:
      throw new Error(`the journal holds the unknown operation "${entry.operation}"`)
  }
}

/** The keeper of a freeze thaws by itself; this is for a guest that was frozen by something else of ours. */
async function thaw(machines: Machines, vmId: VmId, agentSocket: string): Promise<void> {
  const { log } = machines.deps
  try {
    const { wasFrozen } = await wakeGuest(agentSocket, null)
    if (wasFrozen) log.warn({ vmId }, 'a guest was found frozen, and thawed')
  } catch (error) {
    log.debug({ vmId, reason: messageOf(error) }, 'the freeze state of a guest is not known')
  }
}
