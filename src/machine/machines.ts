import { neverAborted } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import { StillpointError } from '../core/error.ts'
import type { EventBus } from '../core/event-bus.ts'
import type { IdSource, VmId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import type { ImageTool } from '../disk/image-port.ts'
import type { Hypervisor, Instance } from '../hypervisor/port.ts'
import type { InstanceRecord } from '../inventory/document.ts'
import type { Folders } from '../inventory/folders.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { type PowerState, refusalOf, type VmAction } from '../vm/power.ts'
import { VmLocks } from './locks.ts'

export interface MachineDependencies {
  readonly inventory: Inventory
  readonly folders: Folders
  readonly hypervisor: Hypervisor
  readonly images: ImageTool
  readonly events: EventBus
  readonly clock: Clock
  readonly ids: IdSource
  readonly log: Log
}

/** The VMs of this host as running things: who has a process, and whose turn it is. */
export class Machines {
  readonly deps: MachineDependencies
  readonly locks = new VmLocks()
  /** Why a VM cannot be started, by the last look at its files. */
  readonly broken = new Map<VmId, string>()
  readonly #instances = new Map<VmId, Instance>()

  constructor(deps: MachineDependencies) {
    this.deps = deps
  }

  instance(vmId: VmId): Instance | null {
    return this.#instances.get(vmId) ?? null
  }

  /** The process of the VM. Error: `vm_state` when it has none. */
  running(vmId: VmId): Instance {
    const instance = this.#instances.get(vmId)
    if (instance) return instance
    throw new StillpointError('vm_state', `VM "${this.deps.inventory.get(vmId).name}" is off.`)
  }

  async powerState(vmId: VmId): Promise<PowerState> {
    const instance = this.#instances.get(vmId)
    if (!instance) return 'off'
    try {
      return await instance.powerState()
    } catch {
      return this.#instances.has(vmId) ? 'stuck' : 'off' // it ended just now, or does not answer its monitor
    }
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
  recordOf(instance: Instance, resumePending: boolean): InstanceRecord {
    return { ...instance.identity, startedAt: this.deps.clock.now().toISOString(), resumePending }
  }

  /** Makes `instance` the VM's process, and watches for its end. The document must name it already. */
  adopt(vmId: VmId, instance: Instance): void {
    this.#instances.set(vmId, instance)
    void instance.exited.then(async (exit) => {
      if (this.#instances.get(vmId) !== instance) return
      await this.locks
        .run(vmId, neverAborted, async () => this.#onExit(vmId, instance, exit))
        .catch((error) => this.deps.log.error({ err: error, vmId }, 'the end of a VM could not be recorded'))
    })
  }

  /** Forgets the VM's process without ending it. */
  release(vmId: VmId): void {
    this.#instances.delete(vmId)
  }

  /** Closes the connections; the processes go on. */
  disconnectAll(): void {
    const instances = [...this.#instances.values()]
    this.#instances.clear()
    for (const instance of instances) instance.disconnect()
  }

  async #onExit(
    vmId: VmId,
    instance: Instance,
    exit: { cleanShutdown: boolean; reason: string },
  ): Promise<void> {
    const { inventory, log, events } = this.deps
    if (this.#instances.get(vmId) !== instance) return // an operation dealt with it
    this.#instances.delete(vmId)
    if (!inventory.has(vmId)) return
    const document = inventory.get(vmId)
    if (document.instance?.pid !== instance.identity.pid) return
    const offConsistency = exit.cleanShutdown ? 'file-system' : 'crash'
    await inventory.change(vmId, (present) => ({ ...present, instance: null, offConsistency }))
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
