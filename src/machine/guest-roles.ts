import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import { writeFileDurably } from '../core/durable-file.ts'
import { messageOf } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import { type GuestFacts, guestFactsSchema } from '../guest/guest-facts.ts'
import { lookAtGuest } from '../guest/roles.ts'
import type { Instance } from '../hypervisor/port.ts'
import type { Folders } from '../inventory/folders.ts'
import type { Inventory } from '../inventory/inventory.ts'

const knownRolesSchema = z.object({
  /** When the guest was asked; UTC, ISO 8601. */
  at: z.string(),
  facts: guestFactsSchema,
  /** Why it is not known what runs in the guest; null when it is. */
  gap: z.string().nullable(),
})
/** What a guest said last. */
export type KnownRoles = z.infer<typeof knownRolesSchema>

export interface RolesHost {
  readonly deps: {
    readonly inventory: Inventory
    readonly folders: Folders
    readonly clock: Clock
    readonly log: Log
  }
  readonly locks: { isBusy(vmId: VmId): boolean }
  readonly loads: { percent(vmId: VmId): number | null }
  instance(vmId: VmId): Instance | null
  turnYielding<T>(vmId: VmId, signal: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T>
}

interface Problem {
  readonly reason: string
  /** The process that was asked, and did not answer in time; null when that was known without waiting. */
  readonly silent: { readonly instance: Instance; readonly atMs: number } | null
}

const freshMs = 10 * 60_000
/** A guest that listens and does not answer is left alone for so long. */
const failedMs = 60_000
const backgroundBudgetMs = 5000

/**
 * What the guests are: asked of their agents now and then, and kept, also in the folder of the VM, for when the guest
 * is off or does not answer. It may be out of date or missing, and never stands in the way of anything.
 */
export class GuestRoles {
  readonly #host: RolesHost
  readonly #known = new Map<VmId, KnownRoles | null>()
  readonly #problems = new Map<VmId, Problem>()
  #isLooking = false

  constructor(host: RolesHost) {
    this.#host = host
  }

  /** What the guest said last; null when it never did. */
  known(vmId: VmId): KnownRoles | null {
    const known = this.#known.get(vmId)
    if (known !== undefined) return known
    const read = this.#read(vmId)
    this.#known.set(vmId, read)
    return read
  }

  /** Why it is not known what runs in the guest, or whether that is still so; null when it is known. */
  unknown(vmId: VmId): string | null {
    const problem = this.#problems.get(vmId)
    if (problem) return problem.reason
    const known = this.known(vmId)
    return known ? known.gap : 'its guest was not asked yet'
  }

  /**
   * Asks the guest when what is known of it is older than `maxAgeMs` or from before its start, for at most `budgetMs`.
   * Runs in the VM's turn, for there is room for one conversation with an agent. Fails only with the signal's reason.
   */
  async refresh(
    vmId: VmId,
    options: { readonly budgetMs: number; readonly maxAgeMs?: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.#host.deps
    const instance = this.#host.instance(vmId)
    if (!instance || !this.#isStale(vmId, options.maxAgeMs ?? freshMs)) return
    // A guest whose memory is still on its way has other things to do, and may stand still for a page.
    if (this.#host.loads.percent(vmId) !== null) return
    try {
      if ((await instance.powerState()) !== 'running')
        return this.#failed(vmId, 'its guest stands still', null)
      if (!(await instance.hasAgent())) return this.#failed(vmId, 'no agent listens in it', null)
      const looked = await lookAtGuest(instance.agentSocket, options.budgetMs, signal)
      await this.#keep(vmId, looked)
    } catch (error) {
      signal.throwIfAborted()
      this.#failed(vmId, messageOf(error), instance)
      log.debug({ vmId, reason: messageOf(error) }, 'a guest could not be asked what it is')
    }
  }

  /** Asks all guests that run and whose VM nobody else wants; gives way to who does. */
  async lookAtAll(signal: AbortSignal): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      for (const { id } of this.#host.deps.inventory.all())
        await this.lookAt(id, { budgetMs: backgroundBudgetMs }, signal)
    } finally {
      this.#isLooking = false
    }
  }

  /** As `refresh`, in a turn of its own, unless the VM is busy. */
  async lookAt(
    vmId: VmId,
    options: { readonly budgetMs: number; readonly maxAgeMs?: number },
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.#host.instance(vmId) || this.#host.locks.isBusy(vmId)) return
    if (!this.#isStale(vmId, options.maxAgeMs ?? freshMs)) return
    const asked = this.#host.turnYielding(vmId, signal, (both) => this.refresh(vmId, options, both))
    await asked.catch(() => {}) // somebody else wants the VM, or it is not in order: what is known stays as it was
  }

  #isStale(vmId: VmId, maxAgeMs: number): boolean {
    const { clock, inventory } = this.#host.deps
    const silent = this.#problems.get(vmId)?.silent
    const silentForMs = silent ? clock.monotonicMs() - silent.atMs : 0
    if (silent?.instance === this.#host.instance(vmId) && silentForMs < Math.min(failedMs, maxAgeMs))
      return false
    const known = this.known(vmId)
    const startedAt = inventory.has(vmId) ? inventory.get(vmId).instance?.startedAt : undefined
    if (!known || startedAt === undefined || known.at < startedAt) return true
    return clock.now().getTime() - Date.parse(known.at) > maxAgeMs
  }

  #failed(vmId: VmId, reason: string, silent: Instance | null): void {
    const atMs = this.#host.deps.clock.monotonicMs()
    this.#problems.set(vmId, { reason, silent: silent && { instance: silent, atMs } })
  }

  async #keep(vmId: VmId, looked: { facts: GuestFacts; gap: string | null }): Promise<void> {
    const { clock, folders, inventory, log } = this.#host.deps
    const known: KnownRoles = { at: clock.now().toISOString(), ...looked }
    this.#known.set(vmId, known)
    this.#problems.delete(vmId)
    if (!inventory.has(vmId)) return
    await writeFileDurably(folders.roles(vmId), `${JSON.stringify(known)}\n`).catch((error) =>
      log.warn({ err: error, vmId }, 'what a guest said of itself could not be kept'),
    )
  }

  #read(vmId: VmId): KnownRoles | null {
    try {
      return knownRolesSchema.parse(JSON.parse(readFileSync(this.#host.deps.folders.roles(vmId), 'utf8')))
    } catch {
      return null // it was never asked, or the file is damaged: it is asked again
    }
  }
}
