import { setTimeout as sleep } from 'node:timers/promises'
import { neverAborted } from '../../core/cancel.ts'
import { allocatedBytes } from '../../core/durable-file.ts'
import { isStillpointError, messageOf } from '../../core/error.ts'
import type { LayerId, TaskId, VmId } from '../../core/ids.ts'
import { formatBytes } from '../../core/units.ts'
import type { Layer } from '../../disk/layer.ts'
import { planMerges } from '../../disk/merge-planner.ts'
import { namedLayers } from '../../inventory/references.ts'
import { yieldReason } from '../../machine/locks.ts'
import type { Machines } from '../../machine/machines.ts'
import type { TaskContext, TaskRunner } from '../../task/task.ts'
import { sweep } from '../sweep.ts'
import { type Merge, runMerge } from './merge.ts'
import { MemoryReclaimer } from './reclaim-memory.ts'

const goneRetryMs = 500
const goneAttempts = 10

/** Does the merges that deletes leave behind, and gives space back, in the background, one task per VM. */
export class Settler {
  readonly #machines: Machines
  readonly #tasks: TaskRunner
  readonly #running = new Map<VmId, TaskId>()
  readonly #tidying = new Set<VmId>()
  readonly #reclaimer: MemoryReclaimer

  constructor(machines: Machines, tasks: TaskRunner) {
    this.#machines = machines
    this.#tasks = tasks
    this.#reclaimer = new MemoryReclaimer(machines)
    machines.loads.onResident = (vmId) => this.kick(vmId)
    machines.onCleanEnd = (vmId) => this.kick(vmId)
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

  /** Starts the VM's merges unless they run already; the task's id, or null when there is nothing to merge. */
  kick(vmId: VmId): TaskId | null {
    const present = this.#running.get(vmId)
    if (present) return present
    const { inventory } = this.#machines.deps
    if (!inventory.has(vmId)) return null
    if (this.#count(vmId, this.#named(vmId)) === 0) {
      void this.#tidy(vmId)
      return null
    }
    const { name } = inventory.get(vmId)
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
        }
      },
    })
    this.#running.set(vmId, task.id)
    return task.id
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
      return document && (document.garbage.length > 0 || this.#reclaimer.waiting(document).length > 0)
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
