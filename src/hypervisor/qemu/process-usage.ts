import { readFileSync } from 'node:fs'
import type { ProcessUsage } from '../port.ts'
import { isAlive } from './process.ts'

/** A tick of the kernel's counters of time, the same on every Linux that has been built (`USER_HZ`). */
const msPerTick = 10

/** From /proc (proc(5)); null when the process has ended. */
export function usageOfProcess(identity: { pid: number; processStart: string }): ProcessUsage | null {
  try {
    const stat = readFileSync(`/proc/${identity.pid}/stat`, 'latin1')
    const status = readFileSync(`/proc/${identity.pid}/status`, 'latin1')
    // A later process with the same pid is somebody else's.
    if (!isAlive(identity)) return null
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return {
      cpuMs: (Number(user) + Number(system)) * msPerTick,
      // Huge pages are counted by themselves.
      memoryBytes: (kibOf(status, 'VmRSS') + kibOf(status, 'HugetlbPages')) * 1024,
    }
  } catch {
    return null // it ended; there is nothing to read
  }
}

function kibOf(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}
