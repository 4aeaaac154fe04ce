import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { buildGuest } from '../tools/guest/build.ts'
import { makeExt4Disk } from '../tools/guest/disk.ts'
import type { Stage } from './stage.ts'

/** The longest that a timer can be. Ctrl-C comes earlier. */
const foreverMs = 2 ** 31 - 1

/** A running VM with a tree of checkpoints, and one that is off, for the web console; open until it is ended. */
export async function openConsole(stage: Stage): Promise<void> {
  stage.title('A virtual machine with a screen')
  const guest = await buildGuest()
  const disk = join(stage.home, 'disk.qcow2')
  await makeExt4Disk(disk, { sizeMiB: 256, format: 'qcow2' })
  await stage.type(
    ...['vm', 'create', 'demo', '--memory', '512M', '--network', 'none', '--display', 'vnc'],
    ...['--disk', `${disk},link`, '--tags', 'demo', '--kernel', guest.kernel, '--initrd', guest.initrd],
    // A kernel that crashes says so on the screen too.
    ...['--append', `console=tty0 ${guest.append}`],
  )
  const { id } = (await stage.ask('vm', 'show', 'demo')) as { id: string } // the API's VmView
  await stage.type('vm', 'start', 'demo')
  await stage.until(id, /STILLPOINT-GUEST ready/)

  stage.title('Checkpoints with and without memory, and a branch')
  await stage.inGuest(id, 'echo "precious data" > /mnt/a/important; sync')
  await stage.type('checkpoint', 'create', 'demo', '--name', 'Fresh install')
  await stage.type('vm', 'set', 'demo', '--policy', 'Standard')
  await stage.type('checkpoint', 'create', 'demo', '--name', 'Before the patch')
  await stage.inGuest(id, 'echo "patched" > /mnt/a/version; sync')
  await stage.type('checkpoint', 'create', 'demo', '--name', 'Patched')
  await stage.type('checkpoint', 'apply', 'demo', 'Before the patch', '--yes')
  await stage.inGuest(id, 'echo "patched in another way" > /mnt/a/version; sync')
  await stage.type('checkpoint', 'create', 'demo', '--name', 'Another way')
  await stage.type('vm', 'set', 'demo', '--policy', 'Production')
  await stage.type(...['vm', 'create', 'spare', '--memory', '1G', '--disk-size', '1G', '--network', 'none'])
  await stage.type('checkpoint', 'create', 'spare', '--name', 'Empty')

  stage.title('The console is open. This address logs a browser in:')
  const { loginUrl } = (await stage.ask('console')) as { loginUrl: string } // what `stillpoint console` prints
  process.stdout.write(`\n  ${styleText(['bold', 'green'], loginUrl)}\n\n`)
  stage.say('Ctrl-C ends it and removes the VMs, the daemon and their files.')
  await sleep(foreverMs)
}
