import { execa } from 'execa'
import type { Workshop } from '../harness/workshop.ts'

/**
 * Without `libvirt-daemon-system`, which would start a libvirt for the whole machine: the bench starts
 * one of its own. What is installed stays installed.
 */
const packages = ['libvirt-daemon', 'libvirt-daemon-driver-qemu', 'libvirt-clients']
const programs = ['libvirtd', 'virsh', 'perl']

/** For programs that Debian keeps out of an ordinary user's way. */
export const searchPath = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`

/** Installs libvirt when it is missing, after saying so. */
export async function requireLibvirt(workshop: Workshop): Promise<void> {
  if (await areInstalled()) return
  const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages]
  const isRoot = process.getuid?.() === 0
  const prefix = isRoot ? [] : ['sudo', '-n']
  workshop.say(`libvirt is not installed. Installing it: ${[...prefix, ...install].join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const run = async (words: string[]) => {
    const [program = '', ...args] = [...prefix, ...words]
    return await execa(program, args, { env, stdin: 'ignore', reject: false, all: true })
  }
  let result = await run(install)
  if (result.failed) {
    await run(['apt-get', 'update', '-q'])
    result = await run(install)
  }
  if (result.failed || !(await areInstalled()))
    throw new Error(`libvirt could not be installed: ${result.all ?? result.shortMessage}`)
}

async function areInstalled(): Promise<boolean> {
  const found = await Promise.all(programs.map((name) => findProgram(name)))
  return found.every((path) => path !== null)
}

/** Where a program is; null when it is not installed. */
export async function findProgram(name: string): Promise<string | null> {
  const args = ['-c', 'command -v -- "$1"', 'sh', name]
  const { stdout, failed } = await execa('sh', args, { env: { PATH: searchPath }, reject: false })
  return failed ? null : stdout.trim()
}
