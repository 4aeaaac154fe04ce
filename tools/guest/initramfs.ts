import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { type CpioEntry, cpioArchive } from './cpio.ts'
import { loadModules } from './kernel-modules.ts'

/** In this order. `crc32c_generic` is a soft dependency of ext4, which its file does not name. */
const modules = [
  ...['virtio_pci', 'virtio_blk', 'virtio_console', 'crc32c_generic', 'ext4', 'virtio_net', 'virtio_rng'],
  ...['virtio_balloon', 'button', 'evdev', 'vmgenid'],
]

const folders = ['bin', 'dev', 'etc', 'lib', 'lib64', 'lib/modules', 'mem', 'mnt', 'mnt/a', 'mnt/b', 'mnt/c']
const moreFolders = ['proc', 'root', 'run', 'sys', 'tmp', 'usr', 'var']

/** One folder of programs under all its usual names: the agent calls some of them by absolute path. */
const links = { sbin: 'bin', 'usr/bin': '../bin', 'usr/sbin': '../bin', 'var/run': '../run', init: 'bin/busybox' }

/**
 * The guest's whole root file system, from packages unpacked in `unpacked`. Not compressed: an emulated
 * processor takes longer to decompress it than QEMU takes to read it.
 */
export async function initramfs(unpacked: string, kernelRelease: string): Promise<Buffer> {
  const entries: CpioEntry[] = []
  for (const path of [...folders, ...moreFolders]) entries.push({ kind: 'folder', path })
  entries.push({ kind: 'character-device', path: 'dev/console', major: 5, minor: 1 })
  for (const [path, target] of Object.entries(links)) entries.push({ kind: 'link', path, target })
  entries.push(...(await busybox(unpacked)))
  entries.push(...(await agent(unpacked)))
  entries.push(...(await kernelModules(unpacked, kernelRelease)))
  entries.push(...(await ownFiles()))
  return cpioArchive(entries)
}

async function busybox(unpacked: string): Promise<CpioEntry[]> {
  const program = existing(unpacked, ['bin/busybox', 'usr/bin/busybox'])
  const { stdout } = await execa(program, ['--list'])
  const applets = stdout.split('\n').filter((name) => name && name !== 'busybox')
  const linked: CpioEntry[] = applets.map((name) => ({ kind: 'link', path: `bin/${name}`, target: 'busybox' }))
  return [{ kind: 'file', path: 'bin/busybox', content: await readFile(program) }, ...linked]
}

/** The agent and the libraries that its own loader says it needs, all in `/lib`. */
async function agent(unpacked: string): Promise<CpioEntry[]> {
  const program = existing(unpacked, ['usr/sbin/qemu-ga', 'usr/bin/qemu-ga'])
  const loader = existing(unpacked, ['usr/lib64/ld-linux-x86-64.so.2', 'lib64/ld-linux-x86-64.so.2'].concat(
    ['lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2']))
  const search = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((each) => join(unpacked, each))
  const { stdout } = await execa(loader, ['--inhibit-cache', '--library-path', search.join(':'), '--list', program])
  const libraries = [...stdout.matchAll(/=> (\S+)/g)].flatMap((match) => match[1] ?? [])
  const paths = [...libraries.filter((path) => !path.includes('ld-linux')), program, loader]
  const places = [...libraries.map((path) => `lib/${basename(path)}`)]
  void places
  return Promise.all(paths.map(async (path) => ({ kind: 'file', path, content: await readFile(path) })))
}
