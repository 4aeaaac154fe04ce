import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { pollUntil } from '../../core/deadline.ts'
import { isStillpointError, messageOf, StillpointError } from '../../core/error.ts'
import type { Hypervisor } from '../port.ts'
import { QemuInstance } from './instance.ts'
import { launch } from './launch.ts'
import { privateSwitchOf } from './private-switch.ts'
import { isAlive, killProcess, processesSoon, processesUnder, straysOf, waitsInKernelFor } from './process.ts'
import { QmpSession } from './qmp/session.ts'
import { openStorageDaemon } from './storage-daemon.ts'

export interface QemuPrograms {
  readonly system: string
  readonly img: string
  readonly storageDaemon: string
}

/** The programs in `folder`, or on the search path when it is null. */
export function qemuPrograms(folder: string | null): QemuPrograms {
  const at = (name: string) => (folder === null ? name : join(folder, name))
  return { system: at('qemu-system-x86_64'), img: at('qemu-img'), storageDaemon: at('qemu-storage-daemon') }
}

const uefiCodeFiles = ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd']
const uefiVarsFiles = ['/usr/share/OVMF/OVMF_VARS_4M.fd', '/usr/share/OVMF/OVMF_VARS.fd']

/** The template of the UEFI variables. Error: `hypervisor_unavailable` when the firmware is not installed. */
export async function uefiVariables(): Promise<string> {
  return await firstOf(uefiVarsFiles)
}

async function firstOf(files: readonly string[]): Promise<string> {
  for (const file of files) {
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return file
  }
  throw new StillpointError(
    'hypervisor_unavailable',
    `The UEFI firmware is not installed ("${files[0]}" is missing); on Debian: apt install ovmf.`,
  )
}

/** Errors: `hypervisor_unavailable` when QEMU is missing or does not tell its machine types. */
export async function createHypervisor(
  programs: QemuPrograms,
  accelerator: 'kvm' | 'tcg',
  privateSwitch = privateSwitchOf(''),
): Promise<Hypervisor> {
  const { version, machineType } = await identify(programs.system)
  return {
    version,
    accelerator,
    machineType,
    cpuModel: accelerator === 'kvm' ? 'host' : 'max',
    async launch(request, signal) {
      const uefiCode = request.hardware.firmware === 'uefi' ? await firstOf(uefiCodeFiles) : ''
      return await launch(programs.system, request, { accelerator, uefiCode, privateSwitch }, signal)
    },
    async attach(identity, signal) {
      return await pollUntil(
        async () => {
          if (!isAlive(identity)) return null
          try {
            const { session } = await QmpSession.open(`${identity.runFolder}/qmp.sock`, signal)
            return new QemuInstance(identity, session)
          } catch (error) {
            if (!isAlive(identity)) return null
            if (isStillpointError(error, 'timeout', 'hypervisor_gone')) return undefined
            if (['ENOENT', 'ECONNREFUSED'].includes(String((error as NodeJS.ErrnoException).code)))
              return undefined
            throw error
          }
        },
        { timeoutMs: 20_000, everyMs: 20, what: `Connecting to QEMU (process ${identity.pid})`, signal },
      )
    },
    waitsForMemory: ({ pid }) => waitsInKernelFor(pid, 'handle_userfault'),
    openMergeHost: (chain, runFolder, signal) =>
      openStorageDaemon(programs.storageDaemon, chain, runFolder, signal),
    async availableMemoryMiB() {
      const available = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'))
      return Math.floor(Number(available?.[1] ?? 0) / 1024)
    },
    async endStrays(folder, keepPids) {
      const strays = straysOf(processesUnder(folder, await processesSoon()), keepPids)
      for (const stray of strays) await killProcess(stray)
      return strays.map(({ pid }) => pid)
    },
  }
}

async function identify(program: string): Promise<{ version: string; machineType: string }> {
  try {
    const [{ stdout: about }, { stdout: machines }] = await Promise.all([
      execa(program, ['--version'], { timeout: 20_000 }),
      execa(program, ['-machine', 'help'], { timeout: 20_000 }),
    ])
    const version = /version (\d+\.\d+\.\d+)/.exec(about)?.[1]
    const machineType = /^q35\s.*\(alias of (pc-q35-[\d.]+)\)/m.exec(machines)?.[1]
    if (!version || !machineType) throw new Error(`it said: ${about.slice(0, 200)}`)
    return { version, machineType }
  } catch (error) {
    throw new StillpointError(
      'hypervisor_unavailable',
      `QEMU cannot be used ("${program}"): ${messageOf(error)}. On Debian: apt install qemu-system-x86 qemu-utils; another folder can be named by STILLPOINT_QEMU.`,
      { cause: error },
    )
  }
}
