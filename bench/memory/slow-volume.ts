import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { pollUntil } from '../../src/core/deadline.ts'
import { makeExt4Disk } from '../../tools/guest/disk.ts'
import type { Workshop } from '../harness/workshop.ts'

const rhythm = fileURLToPath(new URL('./freeze-rhythm.pl', import.meta.url))

export interface Rhythm {
  readonly frozenMs: number
  readonly freeMs: number
}

/**
 * A file system of its own, mounted on `folder`, which can be made to take nothing most of the time. Its bytes
 * are in memory, for a disk would be slow in its own way. Needs root.
 */
export class SlowVolume implements AsyncDisposable {
  readonly #folder: string
  readonly #memory: string
  #freezer: ChildProcess | null = null
  #isMounted = true

  private constructor(folder: string, memory: string) {
    this.#folder = folder
    this.#memory = memory
  }

  static async mount(workshop: Workshop, folder: string, sizeMiB: number): Promise<SlowVolume> {
    const memory = await mkdtemp(join(tmpdir(), 'sp-slow-'))
    await asRoot(['mount', '-t', 'tmpfs', '-o', `size=${sizeMiB + 64}m,mode=777`, 'tmpfs', memory])
    const volume = workshop.own(new SlowVolume(folder, memory))
    const image = join(memory, 'image')
    await makeExt4Disk(image, { sizeMiB, format: 'raw' })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await asRoot(['mount', '-o', 'loop', image, folder])
    await rm(join(folder, 'lost+found'), { recursive: true })
    return volume
  }

  async slowDown({ frozenMs, freeMs }: Rhythm): Promise<void> {
    const [program = '', ...args] = root(['perl', rhythm, this.#folder, String(frozenMs), String(freeMs)])
    const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#freezer = child
    child.stdin.on('error', () => {}) // it has ended, which is what it is written to for
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
    if (hasEnded(child)) throw new Error('the file system cannot be frozen')
  }

  /** Makes it an ordinary file system again. */
  async speedUp(): Promise<void> {
    const child = this.#freezer
    if (!child) return
    child.stdin?.end()
    await pollUntil(() => (hasEnded(child) ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 5,
      what: 'The end of the freezing',
    })
    this.#freezer = null
  }

  /** Lazily, for a process that is about to end may still have a file open: its end gives the memory back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.speedUp()
    if (!this.#isMounted) return
    this.#isMounted = false
    await asRoot(['umount', '-l', this.#folder]).catch(() => {}) // it may not have come to that
    await asRoot(['umount', '-l', this.#memory])
    await rmdir(this.#memory)
  }
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

function root(command: readonly string[]): readonly string[] {
  return process.getuid?.() === 0 ? command : ['sudo', '-n', ...command]
}

async function asRoot(command: readonly string[]): Promise<void> {
  const [program = '', ...args] = root(command)
  await execa(program, args)
}
