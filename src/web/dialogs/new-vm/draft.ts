import type { CreateVm, NewDisk } from '../../../contract/vm.ts'
import { GIB, MIB } from '../../../core/units.ts'
import {
  type CheckpointPolicy,
  type Display,
  type Firmware,
  limits,
  type MemoryBacking,
  type Network,
  type Tpm,
} from '../../../vm/config.ts'

export interface DiskDraft {
  /** Tells rows apart; nothing that is sent. */
  readonly key: number
  readonly source: 'empty' | 'copy' | 'link'
  readonly sizeBytes: number
  readonly path: string
}

/** What is written in the dialog; NaN and '' where something is missing or no number. */
export interface NewVmDraft {
  readonly name: string
  readonly tags: readonly string[]
  readonly memoryBytes: number
  readonly memoryBacking: MemoryBacking
  readonly cpus: number | string
  readonly firmware: Firmware
  readonly tpm: Tpm
  readonly network: Network
  readonly display: Display
  readonly disks: readonly DiskDraft[]
  readonly checkpointPolicy: CheckpointPolicy
  readonly kernel: string
  readonly initrd: string
  readonly append: string
  readonly startsAfter: boolean
}

export const emptyDiskBytes = 20 * GIB

export const firstDraft: NewVmDraft = {
  name: '',
  tags: [],
  memoryBytes: 2 * GIB,
  memoryBacking: 'normal',
  cpus: 2,
  firmware: 'bios',
  tpm: 'none',
  network: 'user',
  display: 'vnc',
  disks: [{ key: 0, source: 'empty', sizeBytes: emptyDiskBytes, path: '' }],
  checkpointPolicy: 'Production',
  kernel: '',
  initrd: '',
  append: '',
  startsAfter: false,
}

export type Problems = Readonly<
  Partial<Record<'name' | 'memory' | 'cpus' | 'kernel' | 'initrd' | 'append', string>>
>

/** What keeps it from being sent, by field; the daemon checks what only it can know. */
export function problemsOf(draft: NewVmDraft): Problems {
  const kernel = draft.kernel.trim()
  return {
    ...optional('name', problemOfName(draft.name)),
    ...optional('memory', problemOfMemory(draft.memoryBytes)),
    ...optional('cpus', problemOfCpus(draft.cpus)),
    ...optional('kernel', kernel === '' ? null : problemOfPath(kernel)),
    ...optional('initrd', withoutKernel(kernel, draft.initrd) ?? problemOfPath(draft.initrd.trim() || '/')),
    ...optional('append', withoutKernel(kernel, draft.append)),
  }
}

export function problemOfName(name: string): string | null {
  const length = [...name.trim()].length
  if (length === 0) return 'A VM needs a name.'
  return length > limits.nameLength.max
    ? `At most ${limits.nameLength.max} characters; it has ${length}.`
    : null
}

export function problemOfMemory(memoryBytes: number): string | null {
  const memoryMiB = memoryBytes / MIB
  if (Number.isNaN(memoryMiB)) return 'Write it as 512 MiB or 2 GiB.'
  if (!Number.isInteger(memoryMiB)) return 'Whole MiB only.'
  const { min, max } = limits.memoryMiB
  return memoryMiB < min || memoryMiB > max ? `${min} MiB to ${max / MIB} TiB.` : null
}

export function problemOfCpus(cpus: number | string): string | null {
  const { min, max } = limits.cpus
  const isFine = typeof cpus === 'number' && Number.isInteger(cpus) && cpus >= min && cpus <= max
  return isFine ? null : `${min} to ${max}.`
}

export function problemOfPath(path: string): string | null {
  return path.startsWith('/') ? null : 'A full path on the host begins with a slash.'
}

export function problemOfDisk({ source, sizeBytes, path }: DiskDraft): string | null {
  if (source !== 'empty') return path.trim() === '' ? 'Name the image.' : problemOfPath(path.trim())
  if (Number.isNaN(sizeBytes)) return 'Write it as 20 GiB.'
  return sizeBytes < 512 ? 'At least 512 B.' : null
}

/** What is sent. Call it without problems only. */
export function requestOf(draft: NewVmDraft): CreateVm {
  const { name, tags, memoryBytes, memoryBacking, cpus, firmware, tpm, network, display } = draft
  const kernel = draft.kernel.trim()
  return {
    name: name.trim(),
    tags: [...tags],
    memoryMiB: memoryBytes / MIB,
    cpus: Number(cpus),
    ...{ memoryBacking, firmware, tpm, network, display },
    disks: draft.disks.map(diskOf),
    boot: kernel === '' ? null : { kernel, initrd: draft.initrd.trim() || null, append: draft.append.trim() },
    settings: { checkpointPolicy: draft.checkpointPolicy },
  }
}

export function diskOf({ source, sizeBytes, path }: DiskDraft): NewDisk {
  return source === 'empty'
    ? { source, sizeBytes }
    : { source: 'image', path: path.trim(), use: source, backing: null }
}

function withoutKernel(kernel: string, text: string): string | null {
  return kernel === '' && text.trim() !== '' ? 'It is for a kernel: name one.' : null
}

function optional<Key extends string>(key: Key, problem: string | null): Partial<Record<Key, string>> {
  return problem === null ? {} : ({ [key]: problem } as Record<Key, string>) // a computed key is typed as string
}
