import { neverAborted } from '../../core/cancel.ts'
import { isStillpointError, messageOf } from '../../core/error.ts'
import type { VmId } from '../../core/ids.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Machines } from '../../machine/machines.ts'
import type { TaskContext, TaskRunner } from '../../task/task.ts'
import { forgetExpired } from '../apply/undo.ts'
import { deleteCheckpoints } from '../delete.ts'
import type { Settler } from '../merge/settle.ts'
import { expiredCheckpoints, nextExpiry } from './expiry.ts'

/** The host's clock may be set, and timers do not notice: it is looked at at least this often. */
const longestWaitMs = 60_000
const soonMs = 100
/** After a failure: twice as long each time, up to the second. */
const firstRetryMs = 60_000
const longestRetryMs = 3_600_000

/**
 * Deletes checkpoints whose time is over, by the same way as a user's delete and as a task that he sees. A delete never
 * changes Now, so that one which Now hangs under is deleted like any other, the last one too. While a VM is being
 * worked on, its turn is waited for; a date that was changed meanwhile counts. What applies have discarded is freed when
 * it cannot be undone any more.
 */
export class Expirer {
  readonly #machines: Machines
  readonly #tasks: TaskRunner
  readonly #settler: Settler
  readonly #running = new Set<VmId>()
  readonly #failures = new Map<VmId, { count: number; notBefore: number }>()
  #timer: NodeJS.Timeout | null = null
  #soon: NodeJS.Timeout | null = null

  constructor(machines: Machines, tasks: TaskRunner, settler: Settler) {
    this.#machines = machines
    this.#tasks = tasks
    this.#settler = settler
  }

  /** Looks from now on, and again with each change of a VM. What expired while no daemon ran is deleted now. */
  start(): void {
    this.#machines.deps.events.subscribe((event) => {
      if (event.type === 'vm.changed') this.#armSoon()
    })
    this.#look()
  }

  #look(): void {
    const { inventory, log } = this.#machines.deps
    for (const document of inventory.all()) {
      try {
        if (this.#isDue(document)) this.#expire(document)
        else void this.#forgetDiscarded(document.id)
      } catch (error) {
        log.error({ err: error, vmId: document.id }, 'expired checkpoints could not be looked at')
      }
    }
    this.#arm()
  }

  /** One command can change thousands of VMs. */
  #armSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null
      this.#arm()
    }, soonMs).unref()
  }

  #arm(): void {
    const { inventory, clock } = this.#machines.deps
    // The others are looked at from time to time only: what cannot be done now must not be tried without a pause.
    const ready = inventory.all().filter(({ id }) => this.#isReady(id) && !this.#failures.has(id))
    const waitMs = nextExpiry(ready) - clock.now().getTime()
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.max(waitMs, 0), longestWaitMs)).unref()
  }

  #isDue(document: VmDocument): boolean {
    const now = this.#machines.deps.clock.now()
    return this.#mayTry(document.id) && expiredCheckpoints(document, now).length > 0
  }

  #mayTry(vmId: VmId): boolean {
    const failed = this.#failures.get(vmId)
    const isPaused = failed !== undefined && this.#machines.deps.clock.monotonicMs() < failed.notBefore
    return this.#isReady(vmId) && !isPaused
  }

  #isReady(vmId: VmId): boolean {
    return !this.#running.has(vmId) && !this.#machines.unsettled.has(vmId)
  }

  /** What applies discarded and can be undone no longer. Nobody made it, so it is no task and gives no notice. */
  async #forgetDiscarded(vmId: VmId): Promise<void> {
    if (!this.#mayTry(vmId)) return
    this.#running.add(vmId)
    try {
      if (await forgetExpired(this.#machines, vmId, neverAborted)) {
        this.#failures.delete(vmId)
        this.#settler.kick(vmId)
      }
    } catch (error) {
      this.#machines.deps.log.warn({ vmId, reason: messageOf(error) }, 'discarded states are kept for now')
      this.#failures.set(vmId, this.#nextFailure(vmId))
    } finally {
      this.#running.delete(vmId)
    }
    this.#arm()
  }

  #nextFailure(vmId: VmId): { count: number; notBefore: number } {
    const { count } = this.#failures.get(vmId) ?? { count: 0 }
    const retryMs = Math.min(firstRetryMs * 2 ** count, longestRetryMs)
    return { count: count + 1, notBefore: this.#machines.deps.clock.monotonicMs() + retryMs }
  }

  #expire({ id: vmId, name: vmName }: VmDocument): void {
    this.#running.add(vmId)
    this.#tasks.start({
      kind: 'checkpoint.delete',
      vmId,
      vmName,
      title: 'Deleting Expired Checkpoints',
      run: async (context) => {
        try {
          const deleted = await this.#deleteExpired(vmId, context)
          this.#failures.delete(vmId)
          return { deleted, mergeTaskId: this.#settler.kick(vmId) }
        } catch (error) {
          this.#failed(vmId, vmName, error)
          throw error
        } finally {
          this.#running.delete(vmId)
          this.#arm()
        }
      },
    })
  }

  async #deleteExpired(vmId: VmId, context: TaskContext): Promise<{ id: string; name: string }[]> {
    const { inventory, clock, events } = this.#machines.deps
    return await this.#machines.turn(vmId, context.signal, async () => {
      const deleted: { id: string; name: string }[] = []
      for (;;) {
        context.signal.throwIfAborted()
        const document = inventory.get(vmId)
        const [checkpoint] = expiredCheckpoints(document, clock.now())
        if (!checkpoint) return deleted
        const { id, name, expiresAt } = checkpoint
        context.report(50, `deleting "${name}", which expired at ${expiresAt}`)
        await deleteCheckpoints(this.#machines, vmId, checkpoint, { subtree: false })
        deleted.push({ id, name })
        const message = `Checkpoint "${name}" of VM "${document.name}" expired at ${expiresAt} and was deleted.`
        events.publish({ type: 'notice', vmId, level: 'info', message })
      }
    })
  }

  #failed(vmId: VmId, vmName: string, error: unknown): void {
    const { inventory, events } = this.#machines.deps
    if (!inventory.has(vmId)) return
    const failure = this.#nextFailure(vmId)
    this.#failures.set(vmId, failure)
    if (failure.count > 1 || isStillpointError(error, 'cancelled')) return // said once; who cancels knows
    const message = `Expired checkpoints of VM "${vmName}" could not be deleted yet: ${messageOf(error)} It is tried again.`
    events.publish({ type: 'notice', vmId, level: 'warning', message })
  }
}
