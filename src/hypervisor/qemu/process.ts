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
  process.kill(identity.pid, 'SIGKILL')
  await pollUntil(() => (isAlive(identity) ? undefined : true), {
    timeoutMs: 30_000,
    everyMs: 5,
    what: `The end of process ${identity.pid}`,
  })
}

export interface QemuProcess {
  readonly pid: number
  readonly processStart: string
  readonly args: readonly string[]
}

/** Our QEMU processes with a socket under `folder`. */
export function qemuProcessesUnder(
  folder: string,
  among: readonly QemuProcess[] = qemuProcesses(),
): QemuProcess[] {
  // Our monitors lie in the VM's folder; an administrator's own qemu-img or qemu-nbd has none there.
  const socket = `path=${folder.replaceAll(',', ',,')}/`
  return among.filter(({ args }) => args.some((arg) => arg.includes(socket)))
}

let soon: Promise<QemuProcess[]> | null = null

/** All QEMU processes, looked for after the call; whoever asks at the same time is answered by the same look. */
export function qemuProcessesSoon(): Promise<QemuProcess[]> {
  soon ??= new Promise((resolve) =>
    setImmediate(() => {
      soon = null
      resolve(qemuProcesses())
    }),
  )
  return soon
}

function qemuProcesses(): QemuProcess[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    const pid = Number(entry)
    const [program = '', ...args] = commandLineOf(pid)
    if (!/^qemu-(system-|storage-daemon)/.test(basename(program))) return []
    const processStart = processStartOf(pid)
    return processStart === null ? [] : [{ pid, processStart, args }]
  })
}

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
