import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { pollUntil } from '../../src/core/deadline.ts'

const everyMs = 20
/** How long a process that has done its work may take to end: Node can hang there (nodejs/node#54918). */
const patienceMs = 5000

/**
 * Follows the next child process of `parent` that runs `program`: what it was started with, and the most
 * memory that it ever had (`VmHWM`), and its processor time, as last seen before its end.
 */
export class ProcessPeak {
  readonly #parent: number
  readonly #program: string
  readonly #known: ReadonlySet<number>
  readonly #followed: Promise<void>
  #pid = 0
  #args: readonly string[] = []
  #peakMiB = Number.NaN
  #cpuMs = Number.NaN
  #isLetGo = false

  constructor(parent: number, program: string) {
    this.#parent = parent
    this.#program = program
    this.#known = new Set(childrenOf(parent))
    this.#followed = this.#follow()
  }

  /** Its arguments, as soon as it runs. */
  async args(): Promise<readonly string[]> {
    return await pollUntil(() => (this.#pid === 0 ? undefined : this.#args), {
      timeoutMs: 60_000,
      everyMs: 5,
      what: `The start of ${this.#program}`,
    })
  }

  /** Its peak, when it has ended, or hangs at its end. */
  async peakMiB(): Promise<number> {
    await this.#end()
    return this.#peakMiB
  }

  /** The processor time of all its threads, when it has ended; exact to 10 ms. */
  async cpuMs(): Promise<number> {
    await this.#end()
    return this.#cpuMs
  }

  [Symbol.dispose](): void {
    this.#isLetGo = true
  }

  async #end(): Promise<void> {
    await Promise.race([this.#followed, sleep(patienceMs, undefined, { ref: false })])
  }

  async #follow(): Promise<void> {
    while (!this.#isLetGo) {
      if (this.#pid === 0) this.#find()
      else {
        const peak = peakMiBOf(this.#pid)
        if (peak === null) return
        this.#peakMiB = peak
        this.#cpuMs = cpuMsOf(this.#pid) ?? this.#cpuMs
      }
      await sleep(everyMs)
    }
  }

  #find(): void {
    for (const pid of childrenOf(this.#parent)) {
      if (this.#known.has(pid)) continue
      const args = textOf(`/proc/${pid}/cmdline`).split('\0')
      const at = args.findIndex((arg) => arg.endsWith(this.#program))
      if (at < 0) continue
      this.#args = args.slice(at + 1)
      this.#pid = pid
    }
  }
}

/** The most memory that a process ever had; null when it has ended. */
export function peakMiBOf(pid: number): number | null {
  const kiB = /^VmHWM:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`))?.[1]
  return kiB === undefined ? null : Number(kiB) / 1024
}

/** Linux counts it in hundredths of a second for everybody. */
function cpuMsOf(pid: number): number | null {
  const stat = textOf(`/proc/${pid}/stat`)
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return user && system ? (Number(user) + Number(system)) * 10 : null
}

function childrenOf(pid: number): number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // the process ended
  }
}
