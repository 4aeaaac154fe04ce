import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { BenchCase } from '../harness/definition.ts'
import { nowMs } from '../harness/heartbeat.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { libvirtCli } from './libvirt/cli.ts'
import { StillpointGuest } from './stillpoint-guest.ts'

const program = fileURLToPath(new URL('../../bin/stillpoint', import.meta.url))

/** What a script pays for each call: the whole process, with a daemon that runs. */
export const cli: BenchCase = {
  name: 'cli',
  title: 'the command line, from its start to its end',
  targets: [],
  run,
  peers: { libvirt: libvirtCli },
}

/** A call is short: it is made more often than the rest is done. */
export const callsPerRun = 3

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  await using guest = await StillpointGuest.open(workshop, {})
  const env = { STILLPOINT_HOME: guest.daemon.home, STILLPOINT_LISTEN: 'none' }
  await execa(program, ['vm', 'list'], { env }) // fills the compile cache, as the first call of a user does
  for (let index = 0; index < workshop.runs * callsPerRun; index++) {
    const startedMs = nowMs()
    const { stdout } = await execa(program, ['vm', 'list'], { env })
    sheet.add('list VMs', 'ms', {}, nowMs() - startedMs)
    if (!stdout.includes(guest.vm.name)) throw new Error(`the VM is not in the list: ${stdout}`)
    const bareMs = nowMs()
    await execa(process.execPath, ['-e', '0'])
    sheet.add('node -e 0', 'ms', {}, nowMs() - bareMs)
  }
}
