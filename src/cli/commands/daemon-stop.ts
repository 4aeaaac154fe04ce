import { setTimeout as sleep } from 'node:timers/promises'
import { StillpointError } from '../../core/error.ts'
import type { Context } from '../context.ts'

const stopTimeoutMs = 60_000
const probeEveryMs = 50

export async function run(context: Context): Promise<void> {
  if (context.home === null) {
    throw new StillpointError(
      'invalid_request',
      'Only the daemon of this host can be stopped, not that of --host.',
    )
  }
  const { pid } = await context.clientOfRunning().health()
  signal(context, pid, 'SIGTERM')
  const deadline = performance.now() + stopTimeoutMs
  while (signal(context, pid, 0)) {
    if (performance.now() > deadline) {
      throw new StillpointError(
        'timeout',
        `The daemon (process ${pid}) still runs after ${stopTimeoutMs / 1000} s.`,
      )
    }
    await sleep(probeEveryMs)
  }
  context.document({ pid, stopped: true })
  context.say('The daemon has stopped; VMs that ran go on.')
}

/** False when there is no such process any more. */
function signal(context: Context, pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    context.system.signalProcess(pid, name)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
