import { setTimeout as sleep } from 'node:timers/promises'
import { mapBounded } from '../core/bounded.ts'
import { neverAborted } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'
import type { EventBus } from '../core/event-bus.ts'
import type { IdSource, VmId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import type { ImageTool } from '../disk/image-port.ts'
import type { Hypervisor, Instance } from '../hypervisor/port.ts'
import type { InstanceRecord, LoadingMemory } from '../inventory/document.ts'
import type { Folders } from '../inventory/folders.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { withoutInstance } from '../inventory/memory-images.ts'
import { withoutCheckpoints } from '../inventory/tree.ts'
import { type PowerState, refusalOf, type VmAction } from '../vm/power.ts'
import { GuestRoles } from './guest-roles.ts'
import { Leases } from './leases.ts'
import { VmLocks } from './locks.ts'
import { MemoryLoads } from './memory-loads.ts'

export interface MachineDependencies {
  readonly inventory: Inventory
  readonly folders: Folders
  readonly hypervisor: Hypervisor
  readonly images: ImageTool
  readonly events: EventBus
  readonly clock: Clock
  readonly ids: IdSource
  readonly log: Log
  /** Names of the groups that a VM is in. */
  readonly groupsOf: (vmId: VmId) => readonly string[]
  /**
   * Finds the VM's process, ends its unfinished work and makes record, disks and process agree. Runs inside the
   * VM's turn. Rejects when that is not possible now.
   */
  readonly putInOrder: (machines: Machines, vmId: VmId) => Promise<void>
}

const settleSoonMs = 500
const patienceMs = 1000
/** Enough that some that do not answer keep nobody waiting. */
const settlingAtOnce = 128

/** The VMs of this host as running things: who has a process, and whose turn it is. */
export class Machines {
  readonly deps: MachineDependencies
  readonly locks = new VmLocks()
  readonly leases = new Leases()
  readonly loads: MemoryLoads
  readonly roles: GuestRoles
  /** Why a VM cannot be started, by the last look at its files. */
  readonly broken = new Map<VmId, string>()
  /**
   * VMs whose record, disks and process may disagree, with the reason: nothing is done to them until they
   * were put in order, for whatever is done on a wrong record can destroy data.
   */
  readonly unsettled = new Map<VmId, string>()
  /** The process of a VM has ended, and that is on record; layers may wait to be merged now. */
  onEnd: (vmId: VmId) => void = () => {}
  readonly #instances = new Map<VmId, Instance>()
  readonly #lastStates = new Map<VmId, PowerState>()

  constructor(deps: MachineDependencies) {
    this.deps = deps
    this.loads = new MemoryLoads(this)
    this.roles = new GuestRoles(this)
  }

  /** Runs `body` when it is the VM's turn and the VM is in order. Error: `vm_unsettled`. */
  async turn<T>(vmId: VmId, signal: AbortSignal, body: () => Promise<T>): Promise<T> {
    return await this.locks.run(vmId, signal, () => this.#inOrder(vmId, body))
  }

  /** As `turn`, right after the operation that holds the VM now. */
  async turnNext<T>(vmId: VmId, signal: AbortSignal, body: () => Promise<T>): Promise<T> {
    return await this.locks.runNext(vmId, signal, () => this.#inOrder(vmId, body))
  }

  /** As `turn`, with a signal that tells `body` to give way to others. */
  async turnYielding<T>(
    vmId: VmId,
    signal: AbortSignal,
    body: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await this.locks.runYielding(vmId, signal, (both) => this.#inOrder(vmId, () => body(both)))
  }

  async #inOrder<T>(vmId: VmId, body: () => Promise<T>): Promise<T> {
    await this.#requireOrder(vmId)
    return await body().finally(() => this.#settleSoon(vmId))
  }

  /** Tries again to put in order what is not. */
  async settleAll(): Promise<void> {
    await mapBounded([...this.unsettled.keys()], settlingAtOnce, async (vmId) => {
      // Whoever has or gets its turn puts it in order first.
      if (!this.unsettled.has(vmId) || this.locks.isBusy(vmId)) return
      await this.turn(vmId, neverAborted, async () => {}).catch(() => {}) // logged, and remembered in `unsettled`
    })
  }

  /** What went wrong just now has often passed a moment later. */
  #settleSoon(vmId: VmId): void {
    if (this.unsettled.has(vmId)) setTimeout(() => void this.settleAll(), settleSoonMs).unref()
  }

  async #requireOrder(vmId: VmId): Promise<void> {
    const { inventory, log, putInOrder, events } = this.deps
    if (!this.unsettled.has(vmId)) return
    if (!inventory.has(vmId)) {
      this.unsettled.delete(vmId)
      return
    }
    const { name } = inventory.get(vmId)
    try {
      await putInOrder(this, vmId)
      this.unsettled.delete(vmId)
      events.publish({ type: 'vm.changed', vmId })
    } catch (error) {
      this.unsettled.set(vmId, messageOf(error))
      events.publish({ type: 'vm.changed', vmId })
      log.error({ err: error, vmId, name }, 'a VM could not be put in order')
      throw new StillpointError(
        'vm_unsettled',
        `VM "${name}" is left alone until unfinished work on it can be brought to an end, which failed: ${messageOf(error)} It is tried again from time to time.`,
        { details: { vmId }, cause: error },
      )
    }
  }

  instance(vmId: VmId): Instance | null {
    return this.#instances.get(vmId) ?? null
  }

  /** The process of the VM; null also when it ended just now, which is recorded only after the VM's turn. */
  async living(vmId: VmId): Promise<Instance | null> {
    const instance = this.instance(vmId)
    try {
      await instance?.powerState()
      return instance
    } catch (error) {
      if (isStillpointError(error, 'hypervisor_gone')) return null
      throw error
    }
  }

  /** The process of the VM. Error: `vm_state` when it has none. */
  running(vmId: VmId): Instance {
    const instance = this.#instances.get(vmId)
    if (instance) return instance
    throw new StillpointError('vm_state', `VM "${this.deps.inventory.get(vmId).name}" is off.`)
  }

  async powerState(vmId: VmId): Promise<PowerState> {
    const instance = this.#instances.get(vmId)
    // A process that could not be reached may well be running: whatever is recorded as a process is not off.
    if (!instance) return this.deps.inventory.get(vmId).instance ? 'stuck' : 'off'
    try {
      return await instance.powerState()
    } catch {
      return this.#instances.has(vmId) ? 'stuck' : 'off' // it ended just now, or does not answer its monitor
    }
  }

  /** For a look at many VMs: one that does not answer at once is shown as it was when it last did. */
  async powerStateAtOnce(vmId: VmId): Promise<PowerState> {
    if (!this.#instances.has(vmId)) return await this.powerState(vmId)
    const asked = this.powerState(vmId).then((state) => {
      this.#lastStates.set(vmId, state)
      return state
    })
    const timer = new AbortController()
    const last = sleep(patienceMs, undefined, { signal: timer.signal }).then(
      () => this.#lastStates.get(vmId) ?? 'stuck',
    )
    last.catch(() => {}) // aborted below
    return await Promise.race([asked, last]).finally(() => timer.abort())
  }

  /** Error: `vm_state` with the reason when `action` is not possible now. Returns the state. */
  async require(vmId: VmId, action: VmAction): Promise<PowerState> {
    const state = await this.powerState(vmId)
    const refusal = refusalOf(action, state)
    if (refusal === null) return state
    const { name } = this.deps.inventory.get(vmId)
    throw new StillpointError(
      'vm_state',
      `VM "${name}": cannot ${action.replace('-', ' ')}, because ${refusal}.`,
      {
        details: { vmId, state, action },
      },
    )
  }

  /** The record of a process that was just started. */
  recordOf(
    instance: Instance,
    begun: { resumePending: boolean; loading: LoadingMemory | null },
  ): InstanceRecord {
    return { ...instance.identity, startedAt: this.deps.clock.now().toISOString(), ...begun }
  }

  /** Makes `instance` the VM's process, and watches for its end. The document must name it already. */
  adopt(vmId: VmId, instance: Instance): void {
    this.#instances.set(vmId, instance)
    void instance.exited.then(async (exit) => {
      if (this.#instances.get(vmId) !== instance) return
      await this.locks
        .run(vmId, neverAborted, async () => this.#onExit(vmId, instance, exit))
        .catch((error) => {
          this.unsettled.set(vmId, messageOf(error))
          this.deps.log.error({ err: error, vmId }, 'the end of a VM could not be recorded')
        })
    })
    void instance.disconnected.then(() => this.#onLostMonitor(vmId, instance))
  }

  /** The process lives and cannot be talked to: it must be found again before anything is done to the VM. */
  async #onLostMonitor(vmId: VmId, instance: Instance): Promise<void> {
    if (this.#instances.get(vmId) !== instance) return
    this.release(vmId)
    this.unsettled.set(vmId, 'The connection to its monitor was lost.')
    await this.settleAll()
  }

  /** Forgets the VM's process without ending it. */
  release(vmId: VmId): void {
    this.#instances.delete(vmId)
    this.loads.forget(vmId)
  }

  /** Closes the connections; the processes go on. */
  disconnectAll(): void {
    const instances = [...this.#instances.values()]
    this.#instances.clear()
    this.loads.disconnectAll()
    for (const instance of instances) instance.disconnect()
  }

  async #onExit(
    vmId: VmId,
    instance: Instance,
    exit: { cleanShutdown: boolean; reason: string },
  ): Promise<void> {
    const { inventory, log, events } = this.deps
    if (this.#instances.get(vmId) !== instance) return // an operation dealt with it
    this.release(vmId)
    if (!inventory.has(vmId)) return
    const document = inventory.get(vmId)
    if (document.instance?.pid !== instance.identity.pid) return
    const offConsistency = exit.cleanShutdown ? 'file-system' : 'crash'
    await inventory.change(vmId, (present) => {
      const ended = withoutInstance(present, offConsistency)
      // Automatic checkpoints go with a clean end, in one change with its record: no crash can come between.
      return exit.cleanShutdown
        ? withoutCheckpoints(
            ended,
            ended.checkpoints.filter(({ automatic }) => automatic),
          )
        : ended
    })
    this.onEnd(vmId)
    log.info({ vmId, reason: exit.reason }, exit.cleanShutdown ? 'the guest shut down' : 'the VM ended')
    if (!exit.cleanShutdown) {
      events.publish({
        type: 'notice',
        vmId,
        level: 'warning',
        message: `VM "${document.name}" ended: ${exit.reason}`,
      })
    }
  }
}
