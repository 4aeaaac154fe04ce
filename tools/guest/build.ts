/**
 * The guest that tests, demo and benchmarks boot: Debian's kernel, and an initramfs of busybox and the
 * QEMU guest agent. What runs inside is in `root/`.
 *
 * Lines on its serial port: `STILLPOINT-GUEST mount vda clean|recovered|failed` per data disk,
 * `STILLPOINT-GUEST ready`, then `hb COUNTER UPTIME` every 20 ms. On its screen, where it has one: a
 * shell, whose prompt is `guest# `. On its kernel command line: `stillpoint.agent=off`,
 * `stillpoint.hook=fail|slow`.
 */
import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachedFolder } from '../cache.ts'
import { withApt } from '../debian/apt.ts'
import { filesBelow } from './files-below.ts'
import { initramfs } from './initramfs.ts'
import { unpackGuestPackages } from './packages.ts'

export interface Guest {
  /** For `-kernel`. */
  readonly kernel: string
  /** For `-initrd`. */
  readonly initrd: string
  /** For `-append`; more can be added after a space. */
  readonly append: string
}

/**
 * Quiet and quick under emulation: nothing is measured that need not be, no mitigations, no second
 * opinion on the clock. A guest that was paused for hours is no reason to warn about stalls.
 */
const append = [
  'console=ttyS0 quiet panic=-1',
  'mitigations=off nokaslr no_timer_check tsc=reliable random.trust_cpu=on',
  'nowatchdog rcupdate.rcu_cpu_stall_suppress=1 cryptomgr.notests',
].join(' ')

/**
 * Builds the guest at the first call (about a minute: 30 MB from the Debian mirror; says so on standard
 * error), later calls take milliseconds. Safe to call from several processes at once. Built again when
 * its sources or the Debian release change.
 */
export async function buildGuest(): Promise<Guest> {
  const folder = await cachedFolder(`guest-${await sourcesKey()}`, make)
  return { kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd'), append }
}

async function make(folder: string): Promise<void> {
  process.stderr.write('Building the test guest from Debian packages (once, about a minute)...\n')
  const unpacked = await mkdtemp(`${folder}-unpacked-`)
  try {
    const { kernelRelease, packages } = await withApt((apt) => unpackGuestPackages(apt, unpacked))
    await copyFile(join(unpacked, 'boot', `vmlinuz-${kernelRelease}`), join(folder, 'vmlinuz'))
    await writeFile(join(folder, 'initrd'), await initramfs(unpacked, kernelRelease))
    const versions = packages.map((each) => `${each.name} ${each.version}\n`).sort()
    await writeFile(join(folder, 'packages.txt'), versions.join(''))
  } finally {
    await rm(unpacked, { recursive: true, force: true })
  }
}

async function sourcesKey(): Promise<string> {
  const hash = createHash('sha256').update(await readFile('/etc/os-release'))
  for (const path of await filesBelow(import.meta.dirname)) {
    hash.update(`\0${path}\0`).update(await readFile(join(import.meta.dirname, path)))
  }
  return hash.digest('hex').slice(0, 16)
}
