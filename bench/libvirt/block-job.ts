import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { pollUntil } from '../../src/core/deadline.ts'
import type { Libvirt } from './server.ts'

/** The block jobs of a domain, by libvirt's events: the `--wait` of virsh looks twice a second, which is too coarse. */
export class BlockJobWatch implements AsyncDisposable {
  readonly #process: ChildProcess
  #output = ''

  private constructor(process: ChildProcess) {
    this.#process = process
    process.stdout?.on('data', (chunk) => {
      this.#output += chunk
    })
  }

  static async open(libvirt: Libvirt, domain: string): Promise<BlockJobWatch> {
    const watch = new BlockJobWatch(libvirt.spawnVirsh('event', domain, '--event', 'block-job-2', '--loop'))
    await sleep(500) // it does not say when it listens
    return watch
  }

  /** Does what starts a job and waits until the job is in this state. Fails when the job does. */
  async until(state: 'ready' | 'completed', start: () => Promise<unknown>): Promise<void> {
    this.#output = ''
    await start()
    const limits = { timeoutMs: 600_000, everyMs: 5, what: `libvirt's block job being ${state}` }
    await pollUntil(() => {
      if (/ (failed|canceled)$/m.test(this.#output)) throw new Error(`libvirt's block job: ${this.#output}`)
      return this.#output.includes(` ${state}\n`) ? true : undefined
    }, limits)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM')
  }
}
