import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { pollUntil } from '../../src/core/deadline.ts'
import type { Libvirt } from './server.ts'

/** How long a domain stood still, by QEMU's own STOP and RESUME events and their times: the measure of our own record. */
export class PauseWatch implements AsyncDisposable {
  readonly #process: ChildProcess
  #output = ''

  private constructor(process: ChildProcess) {
    this.#process = process
    process.stdout?.on('data', (chunk) => {
      this.#output += chunk
    })
  }

  static async open(libvirt: Libvirt, domain: string): Promise<PauseWatch> {
    const watch = new PauseWatch(libvirt.spawnVirsh('qemu-monitor-event', domain, '--loop'))
    await sleep(500) // it does not say when it listens
    return watch
  }

  /** Forgets the events until now. */
  reset(): void {
    this.#output = ''
  }

  /** The sum of the pauses since `reset`; waits for the last one's end. */
  async pausedMs(): Promise<number> {
    return await pollUntil(() => this.#sum(), { timeoutMs: 5000, everyMs: 10, what: 'The RESUME event' })
  }

  #sum(): number | undefined {
    const events = [...this.#output.matchAll(/^event (STOP|RESUME) at (\d+\.\d+) /gm)]
    let stoppedAt: number | null = null
    let sum = 0
    for (const [, name, seconds] of events) {
      if (name === 'STOP') stoppedAt ??= Number(seconds)
      else if (stoppedAt !== null) {
        sum += Number(seconds) - stoppedAt
        stoppedAt = null
      }
    }
    return events.length === 0 || stoppedAt !== null ? undefined : Math.round(sum * 1e6) / 1e3
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM')
  }
}
