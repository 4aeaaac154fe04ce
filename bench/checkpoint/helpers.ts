import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { killProcess, processStartOf } from '../../src/hypervisor/qemu/process.ts'

const programs = ['capture-main.ts', 'restore-main.ts']
const patienceMs = 3000

/**
 * Sees to the end of the processes that carry guest memory for a daemon of this home folder, after its QEMUs
 * are gone: they end by themselves, but Node can hang at its own end (nodejs/node#54918). Returns how many did.
 */
export async function endHelpers(home: string): Promise<number> {
  const giveUpAt = performance.now() + patienceMs
  while (helpersOf(home).length > 0 && performance.now() < giveUpAt) await sleep(20)
  const hanging = helpersOf(home)
  for (const pid of hanging) await killProcess({ pid, processStart: processStartOf(pid) ?? '' })
  return hanging.length
}

function helpersOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && isHelper(commandLineOf(entry), home))
    .map(Number)
    .filter((pid) => processStartOf(pid) !== null)
}

function isHelper(commandLine: string, home: string): boolean {
  return commandLine.includes(`${home}/`) && programs.some((name) => commandLine.includes(`/${name}\0`))
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return '' // the process ended
  }
}
