import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { killProcess, qemuProcessesUnder } from '../src/hypervisor/qemu/process.ts'
import { buildGuest } from '../tools/guest/build.ts'
import { makeExt4Disk } from '../tools/guest/disk.ts'
import { openConsole } from './open-console.ts'
import { Stage } from './stage.ts'

/**
 * `npm run demo`: the play below. `npm run demo -- --console`: a VM in the web console, which stays open.
 */
async function main(args: readonly string[]): Promise<void> {
  const unknown = args.find((each) => each !== '--console')
  if (unknown !== undefined) throw new Error(`The demo does not know "${unknown}"; it knows --console.`)
  const staysOpen = args.length > 0
  const stage = new Stage(
    await mkdtemp(join(tmpdir(), 'stillpoint-demo-')),
    staysOpen ? '127.0.0.1:0' : 'none',
  )
  const end = async () => {
    await stage.ask('daemon', 'stop').catch(() => {}) // it may never have been started
    for (const each of qemuProcessesUnder(stage.home)) await killProcess(each)
    await rm(stage.home, { recursive: true, force: true })
  }
  let isEnding = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (isEnding) return
      isEnding = true
      void end().then(() => process.exit(staysOpen ? 0 : 130))
    })
  try {
    await (staysOpen ? openConsole(stage) : play(stage))
  } finally {
    if (isEnding) await new Promise(() => {}) // whoever ends it also ends the process
    await end()
  }
}

/**
 * A VM boots and works. A production checkpoint is taken, the guest is broken, the checkpoint brings it
 * back. Then the same with a standard checkpoint, after which the guest goes on from the exact instant.
 */
async function play(stage: Stage): Promise<void> {
  stage.title('1. A virtual machine')
  stage.say('The guest is a small Linux made from Debian packages (once, then it is kept).')
  const guest = await buildGuest()
  const disk = join(stage.home, 'disk.qcow2')
  await makeExt4Disk(disk, { sizeMiB: 256, format: 'qcow2' })
  const boot = ['--kernel', guest.kernel, '--initrd', guest.initrd, '--append', guest.append]
  await stage.type(
    'vm',
    'create',
    'demo',
    '--memory',
    '512M',
    '--network',
    'none',
    '--disk',
    `${disk},link`,
    ...boot,
  )
  const { id } = (await stage.ask('vm', 'show', 'demo')) as { id: string } // the API's VmView
  await stage.type('vm', 'start', 'demo')
  await stage.until(id, /STILLPOINT-GUEST ready/)
  stage.say('The guest is up. It gets to work: a program appends numbers to a file, as fast as it can.')
  await stage.inGuest(id, 'echo "precious data" > /mnt/a/important; sync')
  await stage.inGuest(id, '(writer /mnt/a/numbers >/dev/null 2>&1 &)')

  stage.title('2. A production checkpoint, while it works')
  await stage.type('checkpoint', 'create', 'demo', '--name', 'Before the patch')
  const production = await record(stage, 'Before the patch')
  figure('the guest was frozen for', production.frozenMs)
  figure('of which the disks were switched in', production.switchMs)

  stage.title('3. The patch goes wrong')
  await stage.inGuest(
    id,
    'rm -f /mnt/a/important; dd if=/dev/urandom of=/mnt/a/ransom bs=64k count=64 2>/dev/null; sync; ls -C /mnt/a',
  )

  stage.title('4. Back to the checkpoint')
  await stage.type('checkpoint', 'apply', 'demo', 'Before the patch', '--yes')
  stage.say('A production checkpoint leaves the VM off; it boots like a restored backup.')
  let from = stage.console(id).length
  await stage.type('vm', 'start', 'demo')
  const mounted = await stage.until(id, /STILLPOINT-GUEST mount vda (\w+)/, from)
  await stage.until(id, /STILLPOINT-GUEST ready/, from)
  stage.say(`The file system was ${mounted[1]}: no journal had to be recovered.`)
  if (!(await stage.inGuest(id, 'cat /mnt/a/important')).includes('precious data'))
    throw new Error('the data is not back')

  stage.title('5. A standard checkpoint: memory too')
  await stage.type('vm', 'set', 'demo', '--policy', 'Standard')
  await stage.type('checkpoint', 'create', 'demo', '--name', 'Running')
  const standard = await record(stage, 'Running')
  figure('512 MiB of memory; the guest paused for', standard.pauseMs)
  const before = heartbeats(stage.console(id)).at(-1) ?? 0
  stage.say(`The guest counts its heartbeats and is at ${before} by now.`)

  stage.title('6. The kernel crashes')
  from = stage.console(id).length
  await stage.inGuest(id, '(sleep 0.3; echo c > /proc/sysrq-trigger) >/dev/null 2>&1 &')
  await stage.until(id, /Kernel panic/, from)
  await sleep(200)
  const crashedAt = heartbeats(stage.console(id)).at(-1) ?? 0
  stage.say(`The console says: Kernel panic. The last heartbeat was ${crashedAt}.`)

  stage.title('7. Back to the exact instant')
  await stage.type('checkpoint', 'apply', 'demo', 'Running', '--yes')
  from = stage.console(id).length
  await stage.until(id, /^hb (\d+)/m, from)
  await sleep(300)
  const counted = heartbeats(stage.console(id).slice(from))
  stage.say(
    `The same guest goes on where it was, with heartbeats ${counted.slice(0, 5).join(', ')}…: nothing was booted.`,
  )
  const first = counted[0] ?? 0
  if (first < 10 || first > before) throw new Error('the guest did not go on from the checkpoint')
  await stage.inGuest(id, 'cat /mnt/a/important; uptime')
  await stage.type('checkpoint', 'list', 'demo', '--tree')

  stage.title('8. The checkpoints are deleted; what they held is merged under the running guest')
  await stage.type('checkpoint', 'delete', 'demo', 'Before the patch', '--subtree', '--yes')
  while ((await stage.ask('vm', 'show', 'demo')).waitingMerges !== 0) await sleep(100)
  await stage.inGuest(id, 'cat /mnt/a/important')
  await stage.type('vm', 'show', 'demo')

  stage.title('That is all. The VM, the daemon and their files are removed.')
  await stage.type('vm', 'stop', 'demo')
}

async function record(stage: Stage, name: string): Promise<Record<string, number>> {
  const shown = await stage.ask('checkpoint', 'show', 'demo', name)
  return shown.record as Record<string, number> // the API's CheckpointView
}

function figure(what: string, milliseconds: number | undefined): void {
  process.stdout.write(`  ${what} ${styleText(['bold', 'green'], `${milliseconds} ms`)}\n`)
}

function heartbeats(console: string): number[] {
  return [...console.matchAll(/^hb (\d+) /gm)].map((match) => Number(match[1]))
}

await main(process.argv.slice(2))
