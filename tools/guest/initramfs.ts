import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { type CpioEntry, cpioArchive } from './cpio.ts'
import { filesBelow } from './files-below.ts'
import { loadModules } from './kernel-modules.ts'

/** In this order. `crc32c_generic` is a soft dependency of ext4, which its file does not name. */
const modules = [
  ...['virtio_pci', 'virtio_blk', 'virtio_console', 'crc32c_generic', 'ext4', 'virtio_net', 'virtio_rng'],
  ...['virtio_balloon', 'button', 'evdev', 'vmgenid', 'efivarfs'],
]

const folders = [
  ...['bin', 'dev', 'etc', 'lib', 'lib64', 'lib/modules', 'mem', 'mnt', 'mnt/a', 'mnt/b', 'mnt/c'],
  ...['proc', 'root', 'run', 'sys', 'tmp', 'usr', 'var'],
]

/** One folder of programs under all its usual names: the agent calls some of them by absolute path. */
const links = {
  sbin: 'bin',
  'usr/bin': '../bin',
  'usr/sbin': '../bin',
  'var/run': '../run',
  init: 'bin/busybox',
}

/**
 * The guest's whole root file system, from packages unpacked in `unpacked`. Not compressed: an emulated
 * processor takes longer to decompress it than QEMU takes to read it.
 */
export async function initramfs(unpacked: string, kernelRelease: string): Promise<Buffer> {
  const entries: CpioEntry[] = []
  for (const path of folders) entries.push({ kind: 'folder', path })
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
  const linked: CpioEntry[] = applets.map((name) => ({
    kind: 'link',
    path: `bin/${name}`,
    target: 'busybox',
  }))
  return [{ kind: 'file', path: 'bin/busybox', content: await readFile(program) }, ...linked]
}

/** The agent and the libraries that its own loader says it needs, all in `/lib`. */
async function agent(unpacked: string): Promise<CpioEntry[]> {
  const program = existing(unpacked, ['usr/sbin/qemu-ga', 'usr/bin/qemu-ga'])
  const libraryFolders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu']
  const loaderName = 'ld-linux-x86-64.so.2'
  // Not the usual /lib64/ld-linux: that is an absolute link, to the host's loader.
  const loader = existing(
    unpacked,
    libraryFolders.map((folder) => `${folder}/${loaderName}`),
  )
  const search = libraryFolders.map((folder) => join(unpacked, folder)).join(':')
  const list = ['--inhibit-cache', '--library-path', search, '--list', program]
  const { stdout } = await execa(loader, list)
  const libraries = [...stdout.matchAll(/=> (\S+)/g)].flatMap((match) => match[1] ?? [])
  const foreign = libraries.filter((path) => !path.startsWith(unpacked) && basename(path) !== loaderName)
  if (foreign.length > 0) throw new Error(`the guest agent's packages lack ${foreign.join(', ')}`)
  const files = new Map([
    ['bin/qemu-ga', program],
    [`lib64/${loaderName}`, loader],
  ])
  for (const path of libraries) if (path.startsWith(unpacked)) files.set(`lib/${basename(path)}`, path)
  return Promise.all([...files].map(([path, from]) => fileEntry(path, from)))
}

async function kernelModules(unpacked: string, kernelRelease: string): Promise<CpioEntry[]> {
  const folder = existing(unpacked, [`lib/modules/${kernelRelease}`, `usr/lib/modules/${kernelRelease}`])
  const loaded = await loadModules(folder, modules)
  const order = loaded.map(({ name }) => `${name}.ko\n`).join('')
  const files: CpioEntry[] = loaded.map(({ name, content }) => {
    return { kind: 'file', path: `lib/modules/${name}.ko`, content }
  })
  return [...files, { kind: 'file', path: 'lib/modules/order', content: Buffer.from(order) }]
}

/** Everything in `root/`, folders before what is in them. */
async function ownFiles(): Promise<CpioEntry[]> {
  const root = join(import.meta.dirname, 'root')
  const paths = await filesBelow(root)
  const parents = new Set(paths.flatMap(ancestors).filter((path) => !folders.includes(path)))
  const entries: CpioEntry[] = [...parents].sort().map((path) => ({ kind: 'folder', path }))
  return [...entries, ...(await Promise.all(paths.map((path) => fileEntry(path, join(root, path)))))]
}

function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === '.' ? [] : [...ancestors(parent), parent]
}

async function fileEntry(path: string, from: string): Promise<CpioEntry> {
  return { kind: 'file', path, content: await readFile(from) }
}

function existing(folder: string, candidates: readonly string[]): string {
  const found = candidates.map((each) => join(folder, each)).find((path) => existsSync(path))
  if (!found) throw new Error(`the unpacked packages hold none of ${candidates.join(', ')}`)
  return found
}
