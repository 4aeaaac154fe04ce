import type { ChildProcess } from 'node:child_process'
import { pollUntil } from '../../src/core/deadline.ts'
import type { Libvirt } from './server.ts'

/**
 * One virsh that stays connected, as our client does: without it a fifth of what is measured would be
 * the start of a program.
 */
export class VirshShell implements AsyncDisposable {
  readonly #process: ChildProcess
  #output = ''
  #errors = ''
  #lastId = 0

  constructor(libvirt: Libvirt) {
    this.#process = libvirt.spawnVirsh()
    this.#process.stdout?.on('data', (chunk) => {
      this.#output += chunk
    })
    this.#process.stderr?.on('data', (chunk) => {
      this.#errors += chunk
    })
    this.#process.stdin?.on('error', () => {}) // its end is noticed by the one who waits for an answer
  }

  /** Runs one command line of virsh's. Fails when virsh prints an error. */
  async run(command: string): Promise<string> {
    const end = `end-of-${++this.#lastId}`
    this.#output = ''
    this.#errors = ''
    this.#process.stdin?.write(`${command}\necho ${end}\n`)
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const look = () => {
      // The shell repeats what it reads, behind its prompt; the answer is at the beginning of a line.
      const at = this.#output.search(new RegExp(`^${end}(?!\\d)`, 'm'))
      if (at >= 0) resolve(this.#output.slice(0, at))
    }
    const gone = () => reject(new Error(`virsh ended during "${command}": ${this.#errors}`))
    this.#process.stdout?.on('data', look)
    this.#process.once('close', gone)
    try {
      const output = await promise
      if (this.#errors.includes('error:')) throw new Error(`virsh ${command}: ${this.#errors.trim()}`)
      return output
    } finally {
      this.#process.stdout?.off('data', look)
      this.#process.off('close', gone)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin?.end('quit\n')
    await pollUntil(
      () => (this.#process.exitCode !== null || this.#process.signalCode !== null ? true : undefined),
      { timeoutMs: 10_000, everyMs: 5, what: 'The end of virsh' },
    ).catch(() => this.#process.kill('SIGKILL'))
  }
}
