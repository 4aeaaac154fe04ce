import { type ChildProcess, spawn } from 'node:child_process'
import { chown, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Options as ExecaOptions, execa } from 'execa'
import { pollUntil } from '../../src/core/deadline.ts'
import type { Workshop } from '../harness/workshop.ts'
import { requireLibvirt, searchPath } from './install.ts'

/** An ordinary user runs it as himself, root as somebody who can do no harm: Debian's `nobody`. */
const nobody = 65534
const uri = 'qemu:///session'

/**
 * A libvirt of its own: a session daemon whose configuration, state and sockets are all in one new
 * folder, so that one that is on the machine already notices nothing.
 */
export class Libvirt implements AsyncDisposable {
  readonly folder: string
  readonly #process: ChildProcess
  readonly #environment: Record<string, string>

  private constructor(folder: string, process: ChildProcess, environment: Record<string, string>) {
    this.folder = folder
    this.#process = process
    this.#environment = environment
  }

  static async start(workshop: Workshop): Promise<Libvirt> {
    await requireLibvirt(workshop)
    const folder = await mkdtemp(join(tmpdir(), 'lv-'))
    await give(folder)
    // Without the last one virsh would start a second libvirtd, which nobody ends, when this one is gone.
    const environment: Record<string, string> = { PATH: searchPath, LC_ALL: 'C', LIBVIRT_AUTOSTART: '0' }
    for (const name of ['HOME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME']) {
      const path = join(folder, name.toLowerCase())
      await mkdir(path, { mode: 0o700 })
      await give(path)
      environment[name] = path
    }
    const configuration = join(folder, 'xdg_config_home/libvirt')
    await mkdir(configuration)
    await give(configuration)
    const settings = ['security_driver = "none"', 'stdio_handler = "file"', 'namespaces = []', '']
    await writeFile(join(configuration, 'qemu.conf'), settings.join('\n'))
    const log = await open(join(folder, 'libvirtd.log'), 'a')
    const reaper = fileURLToPath(new URL('./reap.pl', import.meta.url))
    // Its code is handed over as text: this user may not be allowed to read the file.
    const args = ['-e', await readFile(reaper, 'utf8'), 'libvirtd']
    const child = spawn('perl', args, {
      env: environment,
      stdio: ['pipe', log.fd, log.fd],
      cwd: '/',
      detached: true, // a Ctrl-C is for the bench, which ends this in order
      ...identity(),
    })
    child.on('error', () => {}) // it does not get ready, which is reported below
    await log.close()
    const libvirt = workshop.own(new Libvirt(folder, child, environment))
    await pollUntil(() => libvirt.#probe(), { timeoutMs: 60_000, everyMs: 100, what: 'The start of libvirt' })
    return libvirt
  }

  /** A call of virsh in a process of its own. Fails when it does. */
  async virsh(...args: string[]): Promise<string> {
    const { stdout } = await execa('virsh', ['-q', '-c', uri, ...args], this.execution())
    return stdout
  }

  /** How the programs are run that talk to it. */
  execution() {
    return {
      env: this.#environment,
      extendEnv: false,
      cwd: '/',
      stdin: 'ignore',
      ...identity(),
    } as const satisfies ExecaOptions
  }

  /** A long-lived virsh with pipes, by its arguments behind the connection. */
  spawnVirsh(...args: string[]): ChildProcess {
    const { env, cwd } = this.execution()
    return spawn('virsh', ['-q', '-c', uri, ...args], {
      env,
      cwd,
      stdio: 'pipe',
      detached: true,
      ...identity(),
    })
  }

  /** A new folder that libvirt may use. */
  async newFolder(): Promise<string> {
    const folder = await mkdtemp(join(this.folder, 'domain-'))
    await give(folder)
    return folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin?.end()
    await pollUntil(() => (hasEnded(this.#process) ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 10,
      what: 'The end of libvirt',
    })
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 }) // a virsh that was cut off may still write
  }

  async #probe(): Promise<true | undefined> {
    if (hasEnded(this.#process))
      throw new Error(`libvirt ended: ${await readFile(join(this.folder, 'libvirtd.log'), 'utf8')}`)
    // `version` makes it look at QEMU, which the first time takes seconds.
    return await this.virsh('version').then(
      () => true as const,
      () => undefined,
    )
  }
}

const hasEnded = (child: ChildProcess) =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null

function identity(): { uid: number; gid: number } | Record<string, never> {
  return process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
}

/** Makes a file or folder of root's belong to whom libvirt runs as. */
export async function give(path: string): Promise<void> {
  const { uid, gid } = identity()
  if (uid !== undefined) await chown(path, uid, gid)
}
