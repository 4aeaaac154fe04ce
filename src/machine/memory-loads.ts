import { setTimeout as sleep } from 'node:timers/promises'
import { neverAborted } from '../core/cancel.ts'
import { pollUntil } from '../core/deadline.ts'
import { isStillpointError, messageOf } from '../core/error.ts'
import type { EventBus } from '../core/event-bus.ts'
import type { VmId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import type { Progress } from '../core/progress.ts'
import type { Instance } from '../hypervisor/port.ts'
import { broughtBack, withoutDiscarded } from '../inventory/discarded.ts'
import type { InstanceRecord, LoadingMemory } from '../inventory/document.ts'
import type { Folders } from '../inventory/folders.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { withoutNeedlessImages } from '../inventory/memory-images.ts'
import { failureOf, type RestoreRequest, RestoreServer } from '../memory/restore/restore-server.ts'

interface Load {
  readonly vmId: VmId
  readonly instance: Instance
  server: RestoreServer | null
  /** Of the image's pages, those that are there. */
  percent: number
}

export interface LoadHost {
  readonly deps: {
    readonly inventory: Inventory
    readonly folders: Folders
    readonly events: EventBus
    readonly log: Log
  }
  instance(vmId: VmId): Instance | null
}

const waitEveryMs = 50
const firstRetryMs = 250
const longestRetryMs = 30_000

/** Where the process that restores memory for a QEMU of this run folder is found. */
export const restoreFiles = (runFolder: string) => ({
  controlSocket: `${runFolder}/restore.sock`,
  logFile: `${runFolder}/restore.log`,
})

/**
 * Guests that run while pages of their memory are still on their way. The process that delivers them
 * needs no daemon; here its progress is followed, its end is recorded, and it is replaced when it dies.
 */
export class MemoryLoads {
  readonly #host: LoadHost
  readonly #loads = new Map<VmId, Load>()
  /** Called when the memory of a VM is there. */
  onResident: (vmId: VmId) => unknown = () => {}

  constructor(host: LoadHost) {
    this.#host = host
  }

  /** How much of the VM's memory is there, 0 to 100; null when all of it is. */
  percent(vmId: VmId): number | null {
    return this.#loads.get(vmId)?.percent ?? null
  }

  /** Waits until all of the VM's memory is there. Rejects with the reason of `signal`. */
  async whenResident(vmId: VmId, progress: Progress, signal: AbortSignal): Promise<void> {
    for (let load = this.#loads.get(vmId); load; load = this.#loads.get(vmId)) {
      signal.throwIfAborted()
      progress.report(1, `waiting for the memory of the applied checkpoint, ${load.percent}% resident`)
      await sleep(waitEveryMs)
    }
  }

  /** The guest of `instance` runs and has its devices from `server`: from now on everything else follows. */
  begin(vmId: VmId, instance: Instance, server: RestoreServer): void {
    this.#follow({ vmId, instance, server: null, percent: 0 }, server)
  }

  /** After the daemon was started again: finds the process that delivers pages, or sees that all are there. */
  async attach(vmId: VmId, instance: Instance, record: InstanceRecord): Promise<void> {
    if (!record.loading || this.#loads.has(vmId)) return
    const load: Load = { vmId, instance, server: null, percent: 0 }
    const server = await RestoreServer.attach(restoreFiles(record.runFolder).controlSocket)
    if (server) {
      this.#follow(load, server)
    } else {
      this.#loads.set(vmId, load)
      this.#behind(load, this.#replace(load))
    }
  }

  /** Whether somebody still delivers pages to a process. */
  async isServed({ runFolder }: InstanceRecord): Promise<boolean> {
    const server = await RestoreServer.attach(restoreFiles(runFolder).controlSocket)
    server?.disconnect()
    return server !== null
  }

  /** The VM's process ended or was replaced. */
  forget(vmId: VmId): void {
    this.#loads.get(vmId)?.server?.disconnect()
    this.#loads.delete(vmId)
  }

  /** Lets all of them go on by themselves. */
  disconnectAll(): void {
    for (const vmId of [...this.#loads.keys()]) this.forget(vmId)
  }

  #follow(load: Load, server: RestoreServer): void {
    load.server = server
    this.#loads.set(load.vmId, load)
    server.onChange = () => this.#onChange(load, server)
    server.command({ do: 'fill' })
    this.#onChange(load, server)
  }

  /** Nobody waits for `work`, and its failure must not end the daemon. */
  #behind({ vmId }: Load, work: Promise<void>): void {
    work.catch((error) =>
      this.#host.deps.log.error({ err: error, vmId }, 'loading memory could not be seen to'),
    )
  }

  #isCurrent(load: Load): boolean {
    return this.#loads.get(load.vmId) === load && this.#host.instance(load.vmId) === load.instance
  }

  #onChange(load: Load, server: RestoreServer): void {
    if (!this.#isCurrent(load) || load.server !== server) return
    const { state } = server
    if (state?.phase === 'complete') {
      load.server = null
      this.#behind(load, this.#finish(load))
      return
    }
    const percent = state && state.totalPages > 0 ? Math.floor((100 * state.sentPages) / state.totalPages) : 0
    if (percent !== load.percent) {
      load.percent = percent
      this.#host.deps.events.publish({ type: 'vm.changed', vmId: load.vmId })
    }
    if (state?.phase === 'failed' || server.isClosed) {
      load.server = null
      if (state?.phase === 'failed' && state.code === 'memory_image_invalid')
        this.#behind(load, this.#giveUp(load, failureOf(state)))
      else this.#behind(load, this.#replace(load))
    }
  }

  async #finish(load: Load): Promise<void> {
    const { inventory, log, events } = this.#host.deps
    const { vmId, instance } = load
    try {
      // QEMU says so a moment before it is ready for the next thing.
      await pollUntil(async () => ((await instance.isLoadingMemory()) ? undefined : true), {
        timeoutMs: 30_000,
        everyMs: 5,
        what: 'The end of loading memory',
      })
      const { hardware } = inventory.get(vmId)
      await inventory.change(vmId, (document) => {
        if (document.instance?.pid !== instance.identity.pid) return document
        const done = broughtBack(document)
        const next = { ...document, instance: { ...document.instance, loading: null } }
        return done ? withoutDiscarded(next, [done.state.id]) : withoutNeedlessImages(next)
      })
      instance.memoryIsResident(hardware.memoryMiB)
      log.info({ vmId }, 'the memory of a VM is resident')
    } catch (error) {
      log.error({ err: error, vmId }, 'that the memory of a VM is resident could not be recorded')
    }
    if (this.#loads.get(vmId) === load) this.#loads.delete(vmId)
    events.publish({ type: 'vm.changed', vmId })
    this.onResident(vmId)
  }

  /** The process that delivered pages is gone. The guest waits for those that are missing: another one goes on. */
  async #replace(load: Load): Promise<void> {
    const { inventory, log } = this.#host.deps
    const { vmId } = load
    for (let delayMs = firstRetryMs; this.#isCurrent(load); delayMs = Math.min(delayMs * 2, longestRetryMs)) {
      const record = inventory.has(vmId) ? inventory.get(vmId).instance : null
      if (!record?.loading) return
      try {
        log.warn({ vmId, percent: load.percent }, 'the process that restores memory is gone; another goes on')
        const server = await this.#resume(load, record, record.loading)
        if (!server) return await this.#finish(load)
        return this.#isCurrent(load) ? this.#follow(load, server) : server.disconnect()
      } catch (error) {
        if (isStillpointError(error, 'hypervisor_gone')) return // its end is seen by whoever watches it
        if (isStillpointError(error, 'memory_image_invalid')) return await this.#giveUp(load, error)
        log.error({ err: error, vmId, retryInMs: delayMs }, 'memory could not be restored further')
      }
      await sleep(delayMs)
    }
  }

  /** A new process that delivers what is missing; null when nothing is. */
  async #resume(
    { vmId, instance }: Load,
    { runFolder }: InstanceRecord,
    image: LoadingMemory,
  ): Promise<RestoreServer | null> {
    const request: RestoreRequest = {
      ...restoreFiles(runFolder),
      imageFile: image.file,
      sha256: image.sha256,
      touchedFile: this.#host.deps.folders.touchedPages(vmId),
    }
    const server = await RestoreServer.start(request, neverAborted)
    try {
      await server.reached('ready')
      const socketPath = `${runFolder}/recover.sock`
      // A QEMU that waits for a page answers nothing else; one that has all of them says so.
      const abort = new AbortController()
      const waiting = instance.awaitMemorySource(socketPath, abort.signal).then(() => true)
      const hasAll = instance.isLoadingMemory().then((isLoading) => (isLoading ? waiting : false))
      for (const each of [waiting, hasAll]) each.catch(() => {}) // one of them may go unasked
      const isWaiting = await Promise.race([waiting, hasAll]).finally(() => abort.abort())
      if (!isWaiting) {
        server.disconnect()
        return null
      }
      server.command({ do: 'resume', socketPath })
      await server.reached('running')
      return server
    } catch (error) {
      server.disconnect()
      throw error
    }
  }

  /** The image cannot be read: a guest that lacks some of its memory must not go on. */
  async #giveUp(load: Load, reason: Error): Promise<void> {
    const { events, log, inventory } = this.#host.deps
    const { vmId, instance } = load
    const { name } = inventory.get(vmId)
    log.error(
      { err: reason, vmId },
      'a memory image is damaged; the VM that was being loaded from it is ended',
    )
    events.publish({
      type: 'notice',
      vmId,
      level: 'error',
      message: `VM "${name}" is ended, for ${load.percent}% of its memory were there and the rest cannot be read: ${messageOf(reason)} It can be started from its disks.`,
    })
    this.#loads.delete(vmId)
    await instance.kill()
  }
}
