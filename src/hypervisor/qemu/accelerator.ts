import { constants } from 'node:fs'
import { access, readdir, readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { execa } from 'execa'
import { writeFileDurably } from '../../core/durable-file.ts'
import { messageOf } from '../../core/error.ts'
import type { Log } from '../../core/log.ts'

export type Accelerator = 'kvm' | 'tcg'

const probeTimeoutMs = 20_000

/**
 * `/dev/kvm` can exist and yet hang every stock kernel (nested virtualisation without support in the
 * hardware), so it is tried once: the host's own kernel has to print its first line. The answer is
 * remembered in `memoryFile` for this QEMU and this kernel.
 */
export async function probeAccelerator(program: string, memoryFile: string, log: Log): Promise<Accelerator> {
  const usable = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!usable) return 'tcg'
  const key = `${program} ${release()}`
  const remembered = await readFile(memoryFile, 'utf8')
    .then(JSON.parse)
    .catch(() => null)
  if (remembered?.key === key) return remembered.accelerator === 'kvm' ? 'kvm' : 'tcg'
  const accelerator = await tryKernel(program, log)
  await writeFileDurably(memoryFile, `${JSON.stringify({ key, accelerator })}\n`)
  return accelerator
}

async function tryKernel(program: string, log: Log): Promise<Accelerator> {
  const kernel = (await readdir('/boot').catch(() => []))
    .filter((name) => name.startsWith('vmlinuz'))
    .sort()
    .at(-1)
  if (!kernel) {
    log.warn(
      {},
      'there is no kernel in /boot to try KVM with, so guests are emulated; STILLPOINT_ACCEL=kvm overrides',
    )
    return 'tcg'
  }
  const args = [
    '-nodefaults',
    '-no-user-config',
    '-machine',
    'q35',
    '-accel',
    'kvm',
    '-cpu',
    'host',
    '-m',
    '256M',
  ]
  const boot = [
    '-display',
    'none',
    '-serial',
    'stdio',
    '-no-reboot',
    '-kernel',
    `/boot/${kernel}`,
    '-append',
    'console=ttyS0 panic=-1',
  ]
  try {
    const running = execa(program, [...args, ...boot], {
      timeout: probeTimeoutMs,
      stdin: 'ignore',
      reject: false,
      buffer: false,
    })
    for await (const line of running) {
      if (!line.includes('Linux version')) continue
      running.kill('SIGKILL')
      return 'kvm'
    }
    await running
  } catch (error) {
    log.debug({ reason: messageOf(error) }, 'the trial of KVM failed')
  }
  log.warn(
    { kernel },
    'KVM is present but does not run a kernel, so guests are emulated; STILLPOINT_ACCEL=kvm overrides',
  )
  return 'tcg'
}
