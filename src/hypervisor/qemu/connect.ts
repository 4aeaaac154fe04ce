import { pollUntil } from '../../core/deadline.ts'
import { isStillpointError, StillpointError } from '../../core/error.ts'
import { logTail, type Spawned } from './process.ts'
import { QmpSession } from './qmp/session.ts'

const startTimeoutMs = 30_000

/** Waits for the monitor of a process that was just started. Error: `hypervisor_failed` with the end of its log. */
export async function connectMonitor(
  socketPath: string,
  spawned: Spawned,
  logFile: string,
  signal: AbortSignal,
  timeoutMs = startTimeoutMs,
) {
  return await pollUntil(
    async () => {
      const ended = spawned.ended()
      if (ended !== undefined) throw startFailure(`QEMU did not start (${ended})`, logFile)
      try {
        return await QmpSession.open(socketPath, signal)
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code // absent on other errors
        if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
        if (code === 'ECONNRESET' || code === 'EPIPE') return undefined // it is just ending
        // Seen once in thousands: a storage daemon that greets and then answers nothing.
        if (isStillpointError(error, 'timeout', 'hypervisor_gone')) return undefined
        throw error
      }
    },
    { timeoutMs, everyMs: 5, what: 'The start of QEMU', signal },
  )
}

export function startFailure(what: string, logFile: string): StillpointError {
  const log = logTail(logFile)
  if (/backing store for guest RAM: Cannot allocate/.test(log)) {
    return new StillpointError(
      'memory_short',
      `${what}, for the host has too few huge pages left for it; it can reserve more with vm.nr_hugepages. Its log: ${log}`,
      { details: { log } },
    )
  }
  const code = /No space left/.test(log)
    ? 'disk_full'
    : /Failed to get .*lock|another process/i.test(log)
      ? 'image_in_use'
      : 'hypervisor_failed'
  return new StillpointError(code, `${what}; its log: ${log}`, { details: { log } })
}
