/**
 * A second, newer QEMU beside the machine's own, for testing against both. On Debian 12 it is QEMU 10.0
 * from backports, unpacked into the cache folder; nothing is installed and apt's configuration is left
 * alone.
 */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cachedFolder } from './cache.ts'
import { withOwnLists } from './debian/apt.ts'
import { libraryPackages } from './debian/library-packages.ts'

const wrapper = join(import.meta.dirname, 'qemu-backport-wrapper.sh')
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const programs = ['qemu-system-x86_64', 'qemu-img', 'qemu-storage-daemon', 'qemu-io', 'qemu-nbd']
const packages = ['qemu-system-x86', 'qemu-system-common', 'qemu-system-data', 'qemu-utils']
/** Firmware. Where backports has no newer one, the release's own is right. */
const firmware = ['seabios', 'ipxe-qemu']

/**
 * A folder with QEMU 10.0 or later: `qemu-system-x86_64`, `qemu-img`, `qemu-storage-daemon`, `qemu-io`
 * and `qemu-nbd`. Each becomes the real program under the same process id. Fetched at the first call
 * (30 MB; says so on standard error), milliseconds later on; safe to call from several processes.
 * Where the machine's own QEMU is new enough, that one's folder.
 */
export async function qemuBackportFolder(): Promise<string> {
  if ((await ownMajorVersion()) >= 10) return '/usr/bin'
  const release = await releaseName()
  if (release !== 'bookworm') {
    throw new Error(
      `QEMU 10 is fetched from Debian 12's backports only, and this is "${release}": install it`,
    )
  }
  const key = createHash('sha256')
    .update(await readFile(import.meta.filename))
    .update(await readFile(wrapper))
  const name = `qemu-backports-${key.digest('hex').slice(0, 16)}`
  return join(await cachedFolder(name, (folder) => make(folder, release)), 'bin')
}

async function make(folder: string, release: string): Promise<void> {
  process.stderr.write(`Fetching QEMU from ${release}-backports (once, about a minute)...\n`)
  await withOwnLists(await backportsOptions(folder, release), async (apt) => {
    const qemu = await apt.show(packages.map((name) => `${name}/${release}-backports`))
    const installed = await installedPackages()
    const libraries = await libraryPackages(apt, qemu, (name) => installed.has(name))
    const all = [...qemu, ...(await apt.show(firmware)), ...libraries]
    await apt.unpack(all, join(folder, 'system'))
    const versions = all.map((each) => `${each.name} ${each.version}\n`)
    await writeFile(join(folder, 'packages.txt'), versions.join(''))
  })
  await mkdir(join(folder, 'bin'))
  for (const program of programs) await copyFile(wrapper, join(folder, 'bin', program))
}

/** The release and its backports, from the mirror that the machine is set up with. */
async function backportsOptions(folder: string, release: string): Promise<string[]> {
  const format = '$(RELEASE) $(COMPONENT) $(REPO_URI)'
  const { stdout } = await execa('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const line = stdout.split('\n').find((each) => each.startsWith(`${release} main `))
  if (!line) throw new Error(`apt has no source for Debian "${release}"`)
  const sources = [release, `${release}-backports`].map((suite) => {
    return `deb [signed-by=${keyring}] ${line.split(' ')[2]} ${suite} main\n`
  })
  const file = join(folder, 'sources.list')
  await writeFile(file, sources.join(''))
  return ['-o', `Dir::Etc::SourceList=${file}`, '-o', 'Dir::Etc::SourceParts=/dev/null']
}

async function ownMajorVersion(): Promise<number> {
  const { stdout } = await execa('/usr/bin/qemu-system-x86_64', ['--version'], { reject: false })
  return Number(/version (\d+)/.exec(stdout ?? '')?.[1] ?? 0)
}

/** Their libraries serve as they are, so that the host's C library stays in charge. */
async function installedPackages(): Promise<ReadonlySet<string>> {
  const { stdout } = await execa('dpkg', ['--get-selections'])
  const lines = stdout.split('\n').filter((line) => /\s(install|hold)$/.test(line))
  return new Set(lines.map((line) => line.split(/[:\s]/)[0] ?? ''))
}

async function releaseName(): Promise<string | undefined> {
  return /^VERSION_CODENAME=(.*)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1]
}
