import { type Clock, roundMs } from '../../core/clock.ts'
import { StillpointError } from '../../core/error.ts'
import type { JournalId, VmId } from '../../core/ids.ts'
import type { Meeting } from '../../hypervisor/port.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Inventory } from '../../inventory/inventory.ts'

/** The last step of one VM's work, which becomes part of one transaction. */
export interface Recording {
  readonly journalId: JournalId
  readonly edit: (document: VmDocument) => VmDocument
}

/**
 * One VM's part in work on several that is done to all of them or to none. It waits for the others at fixed points,
 * each of which it comes to once. Every wait rejects, with that error, as soon as one VM has failed.
 */
export interface Member extends Meeting {
  /** Aborts when another VM has failed. */
  readonly signal: AbortSignal
  /** The same for all: nobody's guest is frozen for longer than it allows, and nobody thaws early. */
  readonly freezeBudgetMs: number
  /** The one instant that all of them hold. Known once `still` has resolved. */
  instant(): Date
  /** The guest is thawed or runs again. */
  goesOn(): void
  /** Lets the others know at once: what is cleaned up after a failure takes its time, and they stand still. */
  fails(error: unknown): void
  /** What all of them together have asked for, with this one: what is free has to do for all. */
  claimMiB(neededMiB: number): number
  /** Resolves when the documents of all were changed and all entries closed, in one transaction. */
  record(recording: Recording): Promise<void>
  /** Runs `body` after those of the members before this one have ended, however they did. */
  inOrder<T>(body: () => Promise<T>): Promise<T>
}

type Point = 'ready' | 'still' | 'switched' | 'recorded'

export class Rendezvous {
  readonly #members: readonly VmId[]
  readonly #inventory: Inventory
  readonly #clock: Clock
  readonly #freezeBudgetMs: number
  readonly #standStillLimitMs: number
  readonly #aborting = new AbortController()
  readonly #gates = new Map<Point, { readonly here: Set<VmId>; readonly gate: PromiseWithResolvers<void> }>()
  readonly #recordings = new Map<VmId, Recording>()
  readonly #gone = new Map<VmId, PromiseWithResolvers<void>>()
  #failed: { readonly vmId: VmId | null; readonly error: unknown } | null = null
  #instant: Date | null = null
  #recorded = false
  #claimedMiB = 0
  #begunMs: number | null = null
  #endedMs: number | null = null
  #limit: NodeJS.Timeout | undefined

  /**
   * `members` in the order in which they go on where that matters. `standStillLimitMs`: how long guests wait for each
   * other from `ready` to `switched`; infinite where the one who works while they stand still has limits of his own.
   */
  constructor(
    members: readonly VmId[],
    parts: {
      readonly inventory: Inventory
      readonly clock: Clock
      readonly freezeBudgetMs: number
      readonly standStillLimitMs: number
    },
  ) {
    this.#members = members
    this.#inventory = parts.inventory
    this.#clock = parts.clock
    this.#freezeBudgetMs = parts.freezeBudgetMs
    this.#standStillLimitMs = parts.standStillLimitMs
    for (const vmId of members) this.#gone.set(vmId, Promise.withResolvers())
  }

  /** Who failed first and how; null when nobody did. `vmId` is null when it was nobody's own failure. */
  get failed(): { readonly vmId: VmId | null; readonly error: unknown } | null {
    return this.#failed
  }

  /** What was to be recorded is in force, whatever fails after it. */
  get recorded(): boolean {
    return this.#recorded
  }

  /** From the moment before the first guest was frozen or stopped to when the last one went on; null when none ran. */
  get spanMs(): number | null {
    return this.#begunMs === null || this.#endedMs === null ? null : roundMs(this.#endedMs - this.#begunMs)
  }

  /** Runs one VM's part. When it fails, so do all others, wherever they wait. */
  async run<T>(vmId: VmId, part: (member: Member) => Promise<T>): Promise<T> {
    try {
      return await part(this.#member(vmId))
    } catch (error) {
      this.#fail(vmId, error)
      throw error
    } finally {
      this.#gone.get(vmId)?.resolve()
    }
  }

  #member(vmId: VmId): Member {
    return {
      signal: this.#aborting.signal,
      freezeBudgetMs: this.#freezeBudgetMs,
      ready: () => this.#at('ready', vmId, () => this.#begin()),
      still: () => this.#at('still', vmId, () => this.#holdInstant()),
      switched: () => this.#at('switched', vmId, () => clearTimeout(this.#limit)),
      goesOn: () => this.#note(),
      fails: (error) => this.#fail(vmId, error),
      claimMiB: (neededMiB) => {
        this.#claimedMiB += neededMiB
        return this.#claimedMiB
      },
      instant: () => this.#instant ?? this.#clock.now(),
      record: async (recording) => {
        this.#recordings.set(vmId, recording)
        await this.#at('recorded', vmId, () => this.#recordAll())
        await this.#inventory.settled(vmId)
      },
      inOrder: async (body) => {
        const before = this.#members[this.#members.indexOf(vmId) - 1]
        if (before !== undefined) await this.#gone.get(before)?.promise
        return await body().finally(() => this.#gone.get(vmId)?.resolve())
      },
    }
  }

  /** Waits for the others; `whenAll` is done once, by the last one to come, before anybody goes on. */
  async #at(point: Point, vmId: VmId, whenAll: () => void): Promise<void> {
    if (this.#failed) throw this.#failed.error
    const { here, gate } = this.#gateOf(point)
    here.add(vmId)
    if (here.size === this.#members.length) {
      try {
        whenAll()
        gate.resolve()
      } catch (error) {
        this.#fail(null, error)
      }
    }
    await gate.promise
  }

  #gateOf(point: Point) {
    const known = this.#gates.get(point)
    if (known) return known
    const made = { here: new Set<VmId>(), gate: Promise.withResolvers<void>() }
    made.gate.promise.catch(() => {}) // nobody may have come to it yet
    this.#gates.set(point, made)
    return made
  }

  #begin(): void {
    this.#begunMs = this.#clock.monotonicMs()
    if (!Number.isFinite(this.#standStillLimitMs)) return
    this.#limit = setTimeout(() => this.#fail(null, this.#tooLong()), this.#standStillLimitMs)
  }

  #holdInstant(): void {
    this.#instant = this.#clock.now()
  }

  #note(): void {
    this.#endedMs = this.#clock.monotonicMs()
  }

  #recordAll(): void {
    const recordingOf = (vmId: VmId): Recording => {
      const recording = this.#recordings.get(vmId)
      if (!recording) throw new StillpointError('internal', `VM ${vmId} has nothing to record.`)
      return recording
    }
    this.#inventory.changeAllNow(this.#members, (document) => recordingOf(document.id).edit(document), {
      closes: this.#members.map((vmId) => recordingOf(vmId).journalId),
    })
    this.#recorded = true
  }

  #fail(vmId: VmId | null, error: unknown): void {
    if (this.#failed) return
    this.#failed = { vmId, error }
    clearTimeout(this.#limit)
    for (const { gate } of this.#gates.values()) gate.reject(error)
    this.#aborting.abort(error)
  }

  #tooLong(): StillpointError {
    const here = this.#gates.get(this.#instant === null ? 'still' : 'switched')?.here
    const missing = this.#members
      .filter((vmId) => !here?.has(vmId))
      .map((vmId) => `"${this.#inventory.get(vmId).name}"`)
    return new StillpointError(
      'timeout',
      `The guests stood still for ${this.#standStillLimitMs / 1000} s in vain, waiting for VM ${missing.join(', ')}. They go on, and nothing was changed.`,
    )
  }
}
