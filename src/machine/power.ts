import { pollUntil } from '../core/deadline.ts'
import { StillpointError } from '../core/error.ts'
import type { LayerId, VmId } from '../core/ids.ts'
import type { Progress } from '../core/progress.ts'
import { chainOf } from '../disk/chain.ts'
import type { DiskView, LayerMap } from '../disk/layer.ts'
import type { DiskChain } from '../hypervisor/port.ts'
import { withoutInstance } from '../inventory/memory-images.ts'
import type { Hardware } from '../vm/config.ts'
import { requireIntact } from './inspect.ts'
import type { Machines } from './machines.ts'

/** The chains of a machine, in the order of its disks. */
export function diskChains(hardware: Hardware, layers: LayerMap, view: DiskView): DiskChain[] {
  return hardware.disks.map((slot) => {
    const topId: LayerId | undefined = view[slot.id]
    if (!topId) throw new StillpointError('inventory_damaged', `Disk "${slot.id}" has no layer.`)
    return { slot, chain: chainOf(layers, topId) }
  })
}

/** What is done in the same turn, before a VM that can start is started. */
export interface BeforeStart {
  take(): Promise<void>
  /** The start failed. Never rejects. */
  takeBack(): Promise<void>
}

/** Starts the VM from its disks. Errors: `vm_state`, `vm_broken`, `hypervisor_failed`; the VM is off then. */
export async function startVm(
  machines: Machines,
  vmId: VmId,
  signal: AbortSignal,
  before?: BeforeStart,
): Promise<void> {
  const { inventory, folders, hypervisor, ids } = machines.deps
  await machines.turn(vmId, signal, async () => {
    await machines.require(vmId, 'start')
    await requireIntact(machines, vmId)
    await before?.take()
    const document = inventory.get(vmId)
    const { hardware } = document
    const runFolder = folders.newRun(vmId, ids.next())
    const journalId = inventory.store.openJournal(vmId, 'start', { runFolder })
    try {
      const instance = await hypervisor.launch(
        {
          vmId,
          hardware,
          generationId: document.generationId,
          disks: diskChains(hardware, document.layers, document.active),
          runFolder,
          tpmFolder: document.tpmFolder,
          consoleLog: folders.consoleLog(vmId),
          begin: { kind: 'boot' },
        },
        signal,
      )
      await inventory.change(
        vmId,
        (present) => ({
          ...present,
          instance: machines.recordOf(instance, { resumePending: false, loading: null }),
          offConsistency: 'crash',
        }),
        { closes: journalId },
      )
      machines.adopt(vmId, instance)
    } catch (error) {
      await hypervisor.endStrays(runFolder, new Set())
      inventory.store.closeJournal(journalId)
      await before?.takeBack()
      throw error
    }
  })
}

/** Asks the guest to shut down, or ends the process at once. Errors: `vm_state`; `timeout` when the guest does not. */
export async function stopVm(
  machines: Machines,
  vmId: VmId,
  options: { force: boolean; timeoutMs: number },
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { inventory } = machines.deps
  const wasEnded = options.force && (await endUnsettled(machines, vmId, signal))
  await machines.turn(vmId, signal, async () => {
    if (wasEnded && !machines.instance(vmId)) return
    if (options.force) {
      // Not asked for its state: one that hangs is what this is for.
      const instance = machines.running(vmId)
      await instance.kill()
      machines.release(vmId)
      await inventory.change(vmId, (document) => withoutInstance(document, 'crash'))
      return
    }
    const state = await machines.require(vmId, 'stop')
    const { name } = inventory.get(vmId)
    const instance = machines.running(vmId)
    if (state !== 'running') {
      throw new StillpointError(
        'vm_state',
        `VM "${name}" is ${state}, so its guest cannot shut down; resume it first, or stop it with force.`,
      )
    }
    progress.report(10, 'waiting for the guest to shut down')
    await instance.requestShutdown()
    let pressedAt = performance.now()
    await pollUntil(
      async () => {
        if (machines.instance(vmId) !== instance || (await hasEnded(instance.exited))) return true
        if (performance.now() - pressedAt < 5000) return undefined
        pressedAt = performance.now()
        await instance.requestShutdown().catch(() => {}) // it may be ending just now; a guest that boots misses the first
        return undefined
      },
      {
        timeoutMs: options.timeoutMs,
        everyMs: 50,
        what: `The guest of VM "${name}" still runs, and can be ended with force: its shutdown`,
        signal,
      },
    )
  })
  // The end is recorded by whoever watches the process; its turn comes after ours.
  await machines.turn(vmId, signal, async () => {})
}

/** A process that cannot be talked to can be ended all the same; the VM is put in order without it then. */
async function endUnsettled(machines: Machines, vmId: VmId, signal: AbortSignal): Promise<boolean> {
  const { hypervisor, folders } = machines.deps
  if (!machines.unsettled.has(vmId)) return false
  return await machines.locks.run(vmId, signal, async () => {
    if (!machines.unsettled.has(vmId)) return false
    return (await hypervisor.endStrays(folders.vm(vmId), new Set())).length > 0
  })
}

async function hasEnded(exited: Promise<unknown>): Promise<boolean> {
  return await Promise.race([
    exited.then(() => true),
    new Promise<false>((resolve) => setImmediate(resolve, false)),
  ])
}

export async function pauseVm(machines: Machines, vmId: VmId, signal: AbortSignal): Promise<void> {
  await machines.turn(vmId, signal, async () => {
    await machines.require(vmId, 'pause')
    await machines.running(vmId).pause()
  })
}

export async function resumeVm(machines: Machines, vmId: VmId, signal: AbortSignal): Promise<void> {
  await machines.turn(vmId, signal, async () => {
    await machines.require(vmId, 'resume')
    await machines.running(vmId).resume()
  })
}
