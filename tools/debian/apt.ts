/**
 * Debian packages without installing them: apt finds and downloads (from the mirrors that the machine
 * is set up with, signatures checked), dpkg-deb unpacks. Needs no root and changes nothing on the host.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheFolder } from '../cache.ts'

export interface DebianPackage {
  readonly name: string
  readonly version: string
  /** Names only, the first of each group of alternatives, without versions. */
  readonly depends: readonly string[]
}

export interface Apt {
  /** The candidate of each package (`name` or `name/suite`). Fails when one is unknown. */
  show(names: readonly string[]): Promise<readonly DebianPackage[]>
  /** Downloads these exact versions and unpacks them into `folder`. */
  unpack(packages: readonly DebianPackage[], folder: string): Promise<void>
}

/**
 * Runs `use` with the machine's own package lists and, where that fails (lists missing, or older than
 * the mirror), once more with fresh lists of our own.
 */
export async function withApt<T>(use: (apt: Apt) => Promise<T>): Promise<T> {
  try {
    return await use(aptWith([]))
  } catch {
    return withOwnLists([], use)
  }
}

/** Runs `use` with package lists fetched now, and gone afterwards. `options` may name other sources. */
export async function withOwnLists<T>(options: readonly string[], use: (apt: Apt) => Promise<T>): Promise<T> {
  await mkdir(cacheFolder(), { recursive: true })
  const state = await mkdtemp(join(cacheFolder(), 'apt-'))
  try {
    await mkdir(join(state, 'lists/partial'), { recursive: true })
    await mkdir(join(state, 'archives/partial'), { recursive: true })
    const all = [...options, '-o', `Dir::State::Lists=${state}/lists`, '-o', `Dir::Cache=${state}`]
    await run('apt-get', [...sandbox(), ...all, '-qq', 'update'])
    return await use(aptWith(all))
  } finally {
    await rm(state, { recursive: true, force: true })
  }
}

function aptWith(options: readonly string[]): Apt {
  return {
    async show(names) {
      const text = await run('apt-cache', [...options, 'show', '--no-all-versions', ...names])
      const packages = text.split(/\n\n+/).filter(Boolean).map(parsePackage)
      for (const name of names.map((each) => each.split('/')[0])) {
        if (!packages.some((each) => each.name === name)) throw new Error(`apt knows no package "${name}"`)
      }
      return packages
    },
    async unpack(packages, folder) {
      const downloads = await mkdtemp(join(cacheFolder(), 'download-'))
      try {
        const exact = packages.map((each) => `${each.name}=${each.version}`)
        await run('apt-get', [...sandbox(), ...options, '-qq', 'download', ...exact], downloads)
        for (const file of await readdir(downloads))
          await run('dpkg-deb', ['-x', join(downloads, file), folder])
      } finally {
        await rm(downloads, { recursive: true, force: true })
      }
    },
  }
}

/** As root, apt downloads as the user `_apt`, who cannot write to our folders. */
function sandbox(): string[] {
  return process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []
}

function parsePackage(paragraph: string): DebianPackage {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1] ?? ''
  const depends = [field('Depends'), field('Pre-Depends')].join(',').split(',')
  return {
    name: field('Package'),
    version: field('Version'),
    depends: depends.map((group) => group.trim().split(/[ :|(]/)[0] ?? '').filter(Boolean),
  }
}

async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await execa(command, args, {
    stdin: 'ignore',
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    timeout: 600_000,
    ...(cwd && { cwd }),
  })
  return stdout
}
