import { setTimeout as sleep } from 'node:timers/promises'
import { neverAborted } from '../../core/cancel.ts'
import { allocatedBytes } from '../../core/durable-file.ts'
import { isStillpointError, messageOf } from '../../core/error.ts'
import { asId, type LayerId, type TaskId, type VmId } from '../../core/ids.ts'
import { formatBytes } from '../../core/units.ts'
import type { Layer } from '../../disk/layer.ts'
import { planMerges } from '../../disk/merge-planner.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { namedLayers } from '../../inventory/references.ts'
import { yieldReason } from '../../machine/locks.ts'
import type { Machines } from '../../machine/machines.ts'
import type { TaskContext, TaskRunner } from '../../task/task.ts'
import { sweep } from '../sweep.ts'
import { DeferredMerges, mayBegin, nextBeginMs } from './deferred.ts'
import { type Merge, runMerge } from './merge.ts'
import { requireSpaceForMerge } from './merge-space.ts'
import { MemoryReclaimer } from './reclaim-memory.ts'

const goneRetryMs = 500
const goneAttempts = 10
const spaceRetryMs = 15_000
const waitsForSpace = 'merges wait for free space'

/**
 * Does the merges that deletes leave behind, and gives space back, in the background, one task per VM. Merges begin
 * within the VM's quiet hours only, and when they fit on the disk; one that has begun goes on to its end, for one that
 * is cut off copies all of it again. A user's call does not wait for quiet hours.
 */
export class Settler {
  readonly #machines: Machines
  readonly #tasks: TaskRunner
  readonly #running = new Map<VmId, TaskId>()
  readonly #tidying = new Set<VmId>()
  readonly #reclaimer: MemoryReclaimer
  readonly #deferred: DeferredMerges
  /** A user asked for the merges that run. */
  readonly #urgent = new Set<VmId>()
  /** VMs whose merges do not fit, as a notice has said. */
  readonly #toldOfSpace = new Set<VmId>()

  constructor(machines: Machines, tasks: TaskRunner) {
    this.#machines = machines
    this.#tasks = tasks
    this.#reclaimer = new MemoryReclaimer(machines)
    this.#deferred = new DeferredMerges((vmId) => void this.#lookAgain(vmId))
    machines.loads.onResident = (vmId) => this.kick(vmId)
    machines.onEnd = (vmId) => this.kick(vmId)
    machines.deps.events.subscribe((event) => {
      if (event.type === 'vm.changed') this.#changed(event.vmId)
    })
  }

  /** Layers that wait to be merged. */
  waiting(vmId: VmId): number {
    return this.#count(vmId, namedLayers(this.#machines.deps.inventory.get(vmId)))
  }

  #count(vmId: VmId, named: ReadonlySet<LayerId>): number {
    const { layers } = this.#machines.deps.inventory.get(vmId)
    return planMerges({ layers, named, allocatedBytes: () => 0 }).filter(({ kind }) => kind === 'merge')
      .length
  }

  /** What merges that cannot begin wait for, in words; null when they need not. */
  waitsFor(vmId: VmId): string | null {
    return this.#deferred.words(vmId)
  }

  /**
   * Starts the VM's merges unless they run already; the task's id, or null when there is nothing to merge, or not now.
   * `urgent`: somebody waits for it, so quiet hours do not count.
   */
  kick(vmId: VmId, { urgent = false } = {}): TaskId | null {
    if (urgent) this.#urgent.add(vmId)
    const present = this.#running.get(vmId)
    if (present) return present
    const { inventory } = this.#machines.deps
    if (!inventory.has(vmId)) return this.#nothingToDo(vmId)
    if (this.#count(vmId, this.#named(vmId)) === 0) {
      void this.#tidy(vmId)
      return this.#nothingToDo(vmId)
    }
    const document = inventory.get(vmId)
    if (!this.#mayBegin(document)) {
      this.#deferToQuietHours(document)
      void this.#tidy(vmId)
      return null
    }
    this.#deferred.goOn(vmId)
    const { name } = document
    const task = this.#tasks.start({
      kind: 'merge',
      vmId,
      vmName: name,
      title: 'Merging',
      run: async (context) => {
        try {
          return await this.#mergeAll(vmId, context)
        } finally {
          this.#running.delete(vmId)
          this.#urgent.delete(vmId)
        }
      },
    })
    this.#running.set(vmId, task.id)
    return task.id
  }

  #nothingToDo(vmId: VmId): null {
    this.#deferred.goOn(vmId)
    this.#urgent.delete(vmId)
    return null
  }

  #mayBegin(document: VmDocument): boolean {
    return this.#urgent.has(document.id) || mayBegin(document, this.#machines.deps.clock.now())
  }

  #deferToQuietHours(document: VmDocument): void {
    const now = this.#machines.deps.clock.now()
    const [begin] = (document.settings.mergeQuietHours ?? '').split('-')
    const untilMs = nextBeginMs(document, now)
    this.#deferred.wait(document.id, `merges wait until ${begin}`, untilMs, now.getTime())
  }

  /** Settings may have changed. Space is looked at from time to time only: a VM that is used changes often. */
  #changed(id: string): void {
    const vmId = asId<VmId>(id)
    if (this.#deferred.words(vmId)?.startsWith(waitsForSpace)) return
    if (this.#deferred.has(vmId)) this.kick(vmId)
  }

  async #lookAgain(vmId: VmId): Promise<void> {
    const { inventory, clock, log } = this.#machines.deps
    try {
      const next = inventory.has(vmId) ? await this.#next(vmId) : null
      if (next) await requireSpaceForMerge(next)
      this.kick(vmId)
    } catch (error) {
      const nowMs = clock.now().getTime()
      const words = this.#deferred.words(vmId) ?? waitsForSpace
      this.#deferred.wait(vmId, words, nowMs + spaceRetryMs, nowMs)
      log.debug({ vmId, reason: messageOf(error) }, 'merges still wait')
    }
  }

  /** A merge that will not fit is not begun: it would take what guests need for their own writes. */
  async #requireSpace(vmId: VmId, merge: Merge): Promise<void> {
    const { inventory, clock, events } = this.#machines.deps
    try {
      await requireSpaceForMerge(merge)
    } catch (error) {
      const nowMs = clock.now().getTime()
      const isNew = !this.#toldOfSpace.has(vmId)
      this.#toldOfSpace.add(vmId)
      this.#deferred.wait(vmId, waitsForSpace, nowMs + spaceRetryMs, nowMs)
      if (isNew) {
        const message = `Merges of VM "${inventory.get(vmId).name}" wait for free space. ${messageOf(error)}`
        events.publish({ type: 'notice', vmId, level: 'warning', message })
      }
      throw error
    }
    this.#toldOfSpace.delete(vmId)
  }

  /**
   * Gives back what needs no merge. It copies nothing, so it is no task. A task that merges does it at its end:
   * two that give way to each other would never get anywhere.
   */
  async #tidy(vmId: VmId): Promise<void> {
    if (this.#tidying.has(vmId)) return
    this.#tidying.add(vmId)
    try {
      await this.#tidyUntilDone(vmId)
    } finally {
      this.#tidying.delete(vmId)
    }
  }

  async #tidyUntilDone(vmId: VmId): Promise<void> {
    const { inventory, log } = this.#machines.deps
    const isNeeded = () => {
      const document = inventory.has(vmId) ? inventory.get(vmId) : null
      if (!document) return false
      const { garbage, retiring } = document
      return garbage.length + retiring.length > 0 || this.#reclaimer.waiting(document).length > 0
    }
    while (isNeeded() && !this.#running.has(vmId)) {
      try {
        await this.#machines.turnYielding(vmId, neverAborted, async (signal) => {
          if (!isNeeded()) return
          await sweep(this.#machines, vmId)
          await this.#reclaimer.run(vmId, signal)
        })
        return
      } catch (error) {
        if (error === yieldReason) continue
        log.warn({ vmId, reason: messageOf(error) }, 'what is needless could not be removed yet')
        return
      }
    }
  }

  async #mergeAll(vmId: VmId, context: TaskContext): Promise<{ merged: number; copiedBytes: number }> {
    const { deps } = this.#machines
    const result = { merged: 0, copiedBytes: 0 }
    let gone = 0
    for (;;) {
      try {
        const merge = await this.#machines.turnYielding(vmId, context.signal, async (signal) => {
          if (!deps.inventory.has(vmId)) return null
          await sweep(this.#machines, vmId)
          const next = await this.#next(vmId)
          if (!next) {
            await this.#reclaimer.run(vmId, signal)
            return null
          }
          const document = deps.inventory.get(vmId)
          if (!this.#mayBegin(document)) {
            this.#deferToQuietHours(document)
            return null
          }
          await this.#requireSpace(vmId, next)
          context.report(
            0,
            `merging layer ${next.lower.id} ${next.direction}, ${formatBytes(next.copyBytes)} at most`,
          )
          await runMerge(this.#machines, vmId, next, context, signal)
          return next
        })
        if (!merge) return result
        result.merged++
        result.copiedBytes += merge.copyBytes
      } catch (error) {
        if (isStillpointError(error, 'hypervisor_gone') && ++gone < goneAttempts) {
          // The VM ended meanwhile; once that is on record, the merge goes on without it.
          await sleep(goneRetryMs, undefined, { signal: context.signal })
        } else if (error !== yieldReason) throw error
        context.report(0, 'waiting: another operation uses the VM')
      }
    }
  }

  /** Layers that must stay as they are; nothing is merged into or out of what somebody reads. */
  #named(vmId: VmId): Set<LayerId> {
    const { inventory } = this.#machines.deps
    return namedLayers(inventory.get(vmId)).union(this.#machines.leases.layers(vmId))
  }

  async #next(vmId: VmId): Promise<Merge | null> {
    const document = this.#machines.deps.inventory.get(vmId)
    const sizes = new Map<Layer, number>()
    for (const layer of Object.values<Layer>(document.layers))
      sizes.set(layer, (await allocatedBytes(layer.file)) ?? 0)
    const actions = planMerges({
      layers: document.layers,
      named: this.#named(vmId),
      allocatedBytes: (layer) => sizes.get(layer) ?? 0,
    })
    return actions.find((action) => action.kind === 'merge') ?? null
  }
}
