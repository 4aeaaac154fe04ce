import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { pollUntil } from '../../src/core/deadline.ts'

export interface Beat {
  /** On the clock of `nowMs`. */
  readonly atMs: number
  readonly counter: number
}

/** A clock that is the same in every thread. */
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6

/**
 * The heartbeats of the test guest (`hb COUNTER UPTIME`, about every 20 ms), as they arrive in its console
 * log: the guest's own clock stands still with it, so only this shows a pause. Exact to about 3 ms.
 */
export class HeartbeatWatch implements AsyncDisposable {
  readonly #worker: Worker
  readonly #beats: Beat[] = []

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (beat: Beat) => this.#beats.push(beat))
  }

  static async open(consoleLog: string): Promise<HeartbeatWatch> {
    const workerData = { file: consoleLog, everyMs: 2 }
    const worker = new Worker(new URL('./heartbeat-worker.ts', import.meta.url), { workerData })
    await once(worker, 'message')
    return new HeartbeatWatch(worker)
  }

  /** The guest is alive again: resolves with the first beat that comes after `sinceMs`. */
  async nextBeat(sinceMs = nowMs()): Promise<Beat> {
    return await pollUntil(() => this.#beats.find(({ atMs }) => atMs > sinceMs), {
      timeoutMs: 120_000,
      everyMs: 5,
      what: 'A heartbeat of the guest',
    })
  }

  /**
   * One guest gives way to an earlier instant of it, so that the counter falls: the last beat of the old one
   * and the first of the new one, for what began at `sinceMs`.
   */
  async handover(sinceMs: number): Promise<{ last: Beat; first: Beat }> {
    return await pollUntil(() => this.#handover(sinceMs), {
      timeoutMs: 600_000,
      everyMs: 5,
      what: 'A heartbeat of the guest of an earlier instant',
    })
  }

  #handover(sinceMs: number): { last: Beat; first: Beat } | undefined {
    for (let at = this.#beats.length - 1; at > 0; at--) {
      const [last, first] = [this.#beats[at - 1], this.#beats[at]]
      if (!last || !first || first.atMs <= sinceMs) return undefined
      if (first.counter < last.counter) return { last, first }
    }
    return undefined
  }

  /** The longest silence that began or ended between two times; the beats around it must have come. */
  longestGapMs(fromMs: number, toMs: number): number {
    let longest = 0
    let previous: Beat | null = null
    for (const beat of this.#beats) {
      if (previous && beat.atMs > fromMs && previous.atMs < toMs)
        longest = Math.max(longest, beat.atMs - previous.atMs)
      previous = beat
    }
    return longest
  }

  /**
   * Does `work` and measures from outside: how long it took, and the longest silence of the guest
   * meanwhile. `usualGapMs` is the longest silence in a second before it, which is what the machine's other
   * work costs: a gap that is not longer shows nothing.
   */
  async during<T>(
    work: () => Promise<T>,
  ): Promise<{ value: T; totalMs: number; gapMs: number; usualGapMs: number }> {
    const quietFromMs = nowMs()
    await sleep(1000)
    const fromMs = nowMs()
    const value = await work()
    const toMs = nowMs()
    await this.nextBeat(toMs)
    return {
      value,
      totalMs: toMs - fromMs,
      gapMs: this.longestGapMs(fromMs, toMs),
      usualGapMs: this.longestGapMs(quietFromMs, fromMs),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}
