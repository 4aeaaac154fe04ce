import type { VmId } from '../../core/ids.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { daySpan, isWithin, nextWithin } from '../hygiene/quiet-hours.ts'

/** Whether merges of the VM may begin by themselves at this time. */
export function mayBegin({ settings }: Pick<VmDocument, 'settings'>, at: Date): boolean {
  const { mergeQuietHours } = settings
  return mergeQuietHours === null || isWithin(daySpan(mergeQuietHours), at)
}

/** When they may, in ms since 1970. */
export function nextBeginMs({ settings }: Pick<VmDocument, 'settings'>, now: Date): number {
  const { mergeQuietHours } = settings
  return mergeQuietHours === null ? now.getTime() : nextWithin(daySpan(mergeQuietHours), now).getTime()
}

/** The host's clock may be set, and space may be made by anybody: both are looked at at least this often. */
const longestWaitMs = 60_000

/**
 * VMs whose merges wait: for their quiet hours, or for space. They are looked at again when their time has come, from
 * time to time, and with each change of the VM.
 */
export class DeferredMerges {
  readonly #waiting = new Map<VmId, { readonly words: string; readonly untilMs: number }>()
  readonly #lookAgain: (vmId: VmId) => void
  #timer: NodeJS.Timeout | null = null

  constructor(lookAgain: (vmId: VmId) => void) {
    this.#lookAgain = lookAgain
  }

  /** What the VM's merges wait for, as a status column shows it; null when they do not. */
  words(vmId: VmId): string | null {
    return this.#waiting.get(vmId)?.words ?? null
  }

  has(vmId: VmId): boolean {
    return this.#waiting.has(vmId)
  }

  wait(vmId: VmId, words: string, untilMs: number, nowMs: number): void {
    this.#waiting.set(vmId, { words, untilMs })
    this.#arm(nowMs)
  }

  goOn(vmId: VmId): void {
    this.#waiting.delete(vmId)
  }

  #arm(nowMs: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#waiting.size === 0) return
    const firstMs = Math.min(...[...this.#waiting.values()].map(({ untilMs }) => untilMs))
    const waitMs = Math.min(Math.max(firstMs - nowMs, 0), longestWaitMs)
    this.#timer = setTimeout(() => {
      this.#timer = null
      // Each is put back in `wait` if it still has to.
      for (const vmId of [...this.#waiting.keys()]) this.#lookAgain(vmId)
    }, waitMs).unref()
  }
}
