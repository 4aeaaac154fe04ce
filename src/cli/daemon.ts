import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'
import { errorRegistry } from '../core/error-registry.ts'
import type { System } from './system.ts'

const startTimeoutMs = 15_000
const probeEveryMs = 50

interface Caller {
  readonly system: System
  /** A line on stderr. */
  remark(text: string): void
}

/**
 * Returns when the daemon of the home folder answers; starts it when nothing listens there. It goes on
 * when this process ends, and writes what it says to `<home>/stillpointd.log`.
 * Error: `daemon_unreachable`, with the end of that log when the daemon did not come up.
 */
export async function ensureDaemon(home: string, client: Client, caller: Caller): Promise<void> {
  if (await answers(client)) return
  caller.remark('Starting the daemon…')
  const daemon = launch(home, caller.system)
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline) {
    await sleep(probeEveryMs)
    if (await answers(client)) return
    // Another command may have started one at the same moment: that one comes up.
    const hasFailed = daemon.exitCode !== null && daemon.exitCode !== errorRegistry.daemon_running.exitCode
    if (hasFailed || daemon.signalCode !== null) {
      throw notStarted(`ended with ${daemon.signalCode ?? `exit code ${daemon.exitCode}`}`, daemon.said())
    }
  }
  throw notStarted(`did not answer within ${startTimeoutMs / 1000} s`, daemon.said())
}

/** False when nothing listens; any other trouble is the caller's. */
async function answers(client: Client): Promise<boolean> {
  try {
    await client.health()
    return true
  } catch (error) {
    const reason = isStillpointError(error, 'daemon_unreachable') ? error.details.reason : undefined
    if (reason === 'ENOENT' || reason === 'ECONNREFUSED') return false
    throw error
  }
}

interface LaunchedDaemon {
  readonly exitCode: number | null
  readonly signalCode: NodeJS.Signals | null
  /** What it has written to its log. */
  said(): string
}

function launch(home: string, { daemonProgram, environment }: System): LaunchedDaemon {
  const logFile = join(home, 'stillpointd.log')
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    const log = openSync(logFile, 'a', 0o600)
    const logStart = statSync(logFile).size
    const stdio = ['ignore', log, log] as const
    const child = spawn(daemonProgram, ['--home', home], {
      detached: true,
      cwd: '/',
      env: { ...environment },
      stdio: [...stdio],
    })
    closeSync(log)
    child.unref()
    let failure = ''
    child.on('error', (error) => {
      failure = messageOf(error)
    })
    return {
      get exitCode() {
        return failure ? 1 : child.exitCode
      },
      get signalCode() {
        return child.signalCode
      },
      said: () => failure || readFileSync(logFile).subarray(logStart).toString(),
    }
  } catch (error) {
    throw notStarted(`cannot be started in "${home}"`, messageOf(error))
  }
}

function notStarted(what: string, said: string): StillpointError {
  const end = said.trimEnd().split('\n').slice(-15).join('\n')
  return new StillpointError(
    'daemon_unreachable',
    `The daemon ${what}.${end ? ` It said:\n${end}` : ' It said nothing.'}`,
    { details: { log: end } },
  )
}
