import { spawn } from 'node:child_process'
import { close, openSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pollUntil } from '../../core/deadline.ts'
import { StillpointError } from '../../core/error.ts'

export interface Spawned {
  readonly pid: number
  readonly processStart: string
  /** Why the process could not be started or has ended; undefined while it runs. */
  readonly ended: () => string | undefined
}

/**
 * Starts a program in a session of its own, so that it outlives the daemon; what it prints goes to
 * `logFile`.
 */
export async function spawnDetached(program: string, args: string[], logFile: string): Promise<Spawned> {
  const log = openSync(logFile, 'a', 0o600)
  let ended: string | undefined
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  })
  close(log)
  const started = Promise.withResolvers<void>()
  child.once('spawn', () => started.resolve())
  child.once('error', (error) => {
    ended = error.message
    started.reject(
      new StillpointError('hypervisor_unavailable', `"${program}" cannot be started: ${error.message}.`, {
        cause: error,
      }),
    )
  })
  child.once('exit', (code, signal) => {
    ended = signal ? `ended by ${signal}` : `exit code ${code}`
  })
  child.unref()
  await started.promise
  const pid = child.pid ?? 0
  return { pid, processStart: processStartOf(pid) ?? '', ended: () => ended }
}

/** Start time of a living process in clock ticks since boot; null when there is none (or only its zombie). */
export function processStartOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null // the process ended; there is nothing to read
  }
}

export function isAlive(identity: { pid: number; processStart: string }): boolean {
  return identity.pid > 0 && processStartOf(identity.pid) === identity.processStart
}

/** SIGKILL, and waits until the process is gone. A later process with the same pid is left alone. */
export async function killProcess(identity: { pid: number; processStart: string }): Promise<void> {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it ended just now
  }
  await pollUntil(() => (isAlive(identity) ? undefined : true), {
    timeoutMs: 30_000,
    everyMs: 5,
    what: `The end of process ${identity.pid}`,
  })
}

/** A process of ours. */
export interface FoundProcess {
  readonly pid: number
  readonly processStart: string
  readonly program: 'qemu' | 'tpm'
  readonly args: readonly string[]
}

/** Our processes with a socket under `folder`: QEMU's before those that serve it. */
export function processesUnder(
  folder: string,
  among: readonly FoundProcess[] = ourProcesses(),
): FoundProcess[] {
  // Our sockets lie in the VM's folder; an administrator's own qemu-img or qemu-nbd has none there.
  return among.filter(({ args }) => namesFolder(args, folder))
}

/** Emulators of TPMs that have their state in `stateFolder`. */
export function tpmProcessesAt(stateFolder: string): FoundProcess[] {
  return ourProcesses().filter(({ args }) => args.some((arg) => arg.startsWith(`dir=${stateFolder},`)))
}

let soon: Promise<FoundProcess[]> | null = null

/** All such processes, looked for after the call; whoever asks at the same time is answered by the same look. */
export function processesSoon(): Promise<FoundProcess[]> {
  soon ??= new Promise((resolve) =>
    setImmediate(() => {
      soon = null
      resolve(ourProcesses())
    }),
  )
  return soon
}

/** Programs of the kinds that we start; QEMU's first. */
function ourProcesses(): FoundProcess[] {
  const found = readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    const pid = Number(entry)
    const [path = '', ...args] = commandLineOf(pid)
    const program = programOf(basename(path))
    if (!program) return []
    const processStart = processStartOf(pid)
    return processStart === null ? [] : [{ pid, processStart, program, args }]
  })
  return found.sort((a, b) => a.program.localeCompare(b.program))
}

export function qemuProcessesUnder(folder: string): FoundProcess[] {
  return processesUnder(folder).filter(({ program }) => program === 'qemu')
}

/** Those of `found` that neither are to be kept nor serve, by a socket in the same folder, one that is. */
export function straysOf(
  found: readonly FoundProcess[],
  keepPids: ReadonlySet<number>,
): readonly FoundProcess[] {
  const kept = found.filter(({ pid }) => keepPids.has(pid))
  const isServing = ({ program, args }: FoundProcess) => {
    const folder = args.flatMap((arg) => /path=(.*)\/tpm\.sock/.exec(arg)?.[1] ?? [])[0]
    return program === 'tpm' && folder !== undefined && kept.some((each) => namesFolder(each.args, folder))
  }
  return found.filter((each) => !keepPids.has(each.pid) && !isServing(each))
}

function programOf(name: string): FoundProcess['program'] | null {
  if (/^qemu-(system-|storage-daemon)/.test(name)) return 'qemu'
  return name === 'swtpm' ? 'tpm' : null
}

const namesFolder = (args: readonly string[], folder: string) =>
  args.some((arg) => arg.includes(`path=${folder.replaceAll(',', ',,')}/`))

function commandLineOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return [] // the process ended
  }
}

/** Whether the main thread of a process waits in this function of the kernel; false where that cannot be known. */
export function waitsInKernelFor(pid: number, kernelFunction: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/wchan`, 'utf8') === kernelFunction
  } catch {
    return false // it ended, or is not ours to look at
  }
}

/** The end of a log, for messages; at most `lines` lines. */
export function logTail(logFile: string, lines = 5): string {
  try {
    const text = readFileSync(logFile, 'utf8').trimEnd()
    return text === '' ? 'it printed nothing' : text.split('\n').slice(-lines).join('\n')
  } catch {
    return 'its log cannot be read'
  }
}
