import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { OpenConsole } from './console-page.ts'
import { many } from './many.ts'

const watchMs = 2000

/** Nothing changes and somebody looks on. */
export const idle: BenchCase = {
  name: 'idle',
  title: 'leave the list open while nothing changes',
  targets: [
    {
      metric: 'daemon, of one processor',
      text: 'under 1%',
      isReached: (sheet, params) => sheet.median('daemon, of one processor', params) < 1,
    },
  ],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const vms = many(workshop)
  const console = await OpenConsole.with(workshop, vms)
  const { pid } = console.daemon
  const percent = async () => {
    const before = cpuMs(pid)
    await sleep(watchMs)
    return ((cpuMs(pid) - before) / watchMs) * 100
  }
  await sleep(watchMs) // what the cases before have left to do
  for (let index = 0; index < workshop.runs; index++)
    sheet.add('daemon without a page, of one processor', '%', { vms }, await percent())
  const tab = await console.atList()
  await sleep(watchMs)
  for (let index = 0; index < workshop.runs; index++)
    sheet.add('daemon, of one processor', '%', { vms }, await percent())
  await tab.close()
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Of user and system, all threads. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // from the third on
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000
}
