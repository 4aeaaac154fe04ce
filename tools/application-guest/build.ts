/**
 * A Debian with databases, for the tests of the hooks that make them consistent: PostgreSQL, MariaDB,
 * Redis and the guest agent on a disk of its own, started by busybox instead of a service manager,
 * which is several times quicker under emulation. Its kernel and initramfs are those of `tools/guest`.
 *
 * Lines on its serial port: `STILLPOINT-GUEST mount vda clean|recovered`, `STILLPOINT-GUEST ready` when all
 * servers answer. `load` inserts numbered rows into all of them and prints each number that was committed.
 */
import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cachedFolder } from '../cache.ts'
import { buildGuest, type Guest } from '../guest/build.ts'
import { type CpioEntry, cpioArchive } from '../guest/cpio.ts'
import { filesBelow } from '../guest/files-below.ts'

export interface ApplicationGuest extends Guest {
  /** A qcow2 image with the root file system; copy it. */
  readonly disk: string
}

const packages = ['busybox-static', 'qemu-guest-agent', 'postgresql', 'mariadb-server', 'redis-server']

/** Never read in this guest: texts for people, and the compiler that PostgreSQL has for long queries. */
const leftOut = [
  ...['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*'],
  ...['/usr/lib/*/libLLVM*', '/usr/lib/postgresql/*/lib/bitcode/*'],
]

const sizeMiB = 1536

/** Another number where `makeDisk` makes another disk of the same packages. */
const diskVersion = 1

/**
 * Builds the guest at the first call (a minute or two: some 150 MB from the Debian mirror), later calls take
 * milliseconds. Safe to call from several processes at once. Needs no root where users may have namespaces.
 */
export async function buildApplicationGuest(): Promise<ApplicationGuest> {
  const guest = await buildGuest()
  const release = await debianRelease()
  const made = JSON.stringify([diskVersion, release, packages, leftOut, sizeMiB])
  const disk = await cachedFolder(`databases-disk-${keyOf(made)}`, (folder) => makeDisk(folder, release))
  const own = await ownFiles()
  const initrdKey = keyOf(guest.initrd, ...own.map((each) => JSON.stringify(each)))
  const initrd = await cachedFolder(`databases-initrd-${initrdKey}`, async (folder) => {
    // The kernel takes several archives in one file.
    const parts = [await readFile(guest.initrd), cpioArchive(own)]
    await writeFile(join(folder, 'initrd'), Buffer.concat(parts))
  })
  return {
    kernel: guest.kernel,
    initrd: join(initrd, 'initrd'),
    // The last word on the clock counts. On a busy host the kernel measures its TSC wrongly at the start, and its clock
    // ran three times too fast: what the hooks have seconds for was over before it began.
    append: `${guest.append} tsc=unstable rdinit=/bin/switch-to-disk`,
    disk: join(disk, 'disk.qcow2'),
  }
}

async function makeDisk(folder: string, release: string): Promise<void> {
  process.stderr.write('Building the guest with databases from Debian packages (once, a minute or two)...\n')
  const [archive, raw, disk] = [
    join(folder, 'root.tar'),
    join(folder, 'disk.raw'),
    join(folder, 'disk.qcow2'),
  ]
  const env = { TMPDIR: folder, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' }
  const options = [
    ...['--quiet', '--variant=minbase', `--include=${packages.join(',')}`],
    ...['--aptopt=Apt::Install-Recommends "false"', '--aptopt=Acquire::Retries "3"'],
    ...leftOut.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
  ]
  await execa('mmdebstrap', [...options, release, archive], { env, stdin: 'ignore' })
  // As root, here or in a namespace: the owners in the archive are the owners on the disk.
  const script = [
    `set -e; cd "$1"; mkdir root; tar -C root -xf root.tar; truncate -s ${sizeMiB}M disk.raw`,
    'mke2fs -q -F -t ext4 -L root -E lazy_itable_init=0,lazy_journal_init=0,nodiscard -d root disk.raw',
    'rm -rf root root.tar',
  ]
  const asRoot = process.getuid?.() === 0 ? [] : ['mmdebstrap', '--unshare-helper']
  const [program = 'sh', ...args] = [...asRoot, 'sh', '-c', script.join('\n'), 'sh', folder]
  await execa(program, args, { env, stdin: 'ignore' })
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, disk])
  await rm(raw)
}

/** The first process, and under `own/` what it puts onto the disk at each start: so a change needs no new disk. */
async function ownFiles(): Promise<CpioEntry[]> {
  const here = import.meta.dirname
  const paths = await filesBelow(join(here, 'root'))
  const folders = ['', 'etc', 'usr', 'usr/local', 'usr/local/bin'].map((path) => join('own', path))
  return [
    { kind: 'file', path: 'bin/switch-to-disk', content: await readFile(join(here, 'switch-to-disk')) },
    ...folders.map((path): CpioEntry => ({ kind: 'folder', path })),
    ...(await Promise.all(
      paths.map(async (path): Promise<CpioEntry> => {
        return { kind: 'file', path: join('own', path), content: await readFile(join(here, 'root', path)) }
      }),
    )),
  ]
}

async function debianRelease(): Promise<string> {
  const found = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))
  return found?.[1] ?? 'stable'
}

function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)
}
