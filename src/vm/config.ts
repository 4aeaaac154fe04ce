import type { DiskId } from '../core/ids.ts'

export const checkpointPolicies = ['Disabled', 'Standard', 'Production', 'ProductionOnly'] as const
export type CheckpointPolicy = (typeof checkpointPolicies)[number]

export const checkpointKinds = ['standard', 'production', 'offline'] as const
export type CheckpointKind = (typeof checkpointKinds)[number]

export const firmwares = ['bios', 'uefi'] as const
export type Firmware = (typeof firmwares)[number]
/**
 * `user`: out to the world through the host, nobody can reach the guest; `private`: a switch of this home folder, with
 * nothing but other VMs at it.
 */
export const networks = ['none', 'user', 'private'] as const
export type Network = (typeof networks)[number]
export const displays = ['none', 'vnc'] as const
export type Display = (typeof displays)[number]
/**
 * What a guest's memory is made of on the host: memory of its own; huge pages that the host has reserved
 * (`vm.nr_hugepages`), faster for large guests; or memory that other processes can be given (vhost-user, virtiofs).
 */
export const memoryBackings = ['normal', 'huge-pages', 'shared'] as const
export type MemoryBacking = (typeof memoryBackings)[number]

export const tpms = ['none', '2.0'] as const
/** A virtual trusted platform module, emulated by swtpm. */
export type Tpm = (typeof tpms)[number]

/** A disk's place in the hardware. `uefi-vars` is the flash that holds the firmware's variables. */
export interface DiskSlot {
  readonly id: DiskId
  readonly role: 'data' | 'uefi-vars'
}

/** What belongs to a checkpoint: the machine as the guest sees it. */
export interface Hardware {
  /** QEMU's versioned machine type, e.g. `pc-q35-7.2`; never an alias, so that memory images stay loadable. */
  readonly machineType: string
  readonly cpuModel: string
  readonly cpus: number
  readonly memoryMiB: number
  readonly memoryBacking: MemoryBacking
  readonly firmware: Firmware
  readonly network: Network
  readonly macAddress: string
  readonly display: Display
  readonly tpm: Tpm
  /** The device by which the guest learns that it was put back in time (`vmgenid`). */
  readonly generationDevice: boolean
  /** The SMBIOS UUID. */
  readonly systemUuid: string
  /** Direct kernel boot; absolute paths on the host. */
  readonly boot: DirectBoot | null
  readonly disks: readonly DiskSlot[]
}

/** QEMU has the generation device for PCs only. */
export const offersGenerationDevice = (machineType: string): boolean => /^(pc|q35)(-|$)/.test(machineType)

export interface DirectBoot {
  readonly kernel: string
  readonly initrd: string | null
  readonly append: string
}

export const limits = {
  memoryMiB: { min: 16, max: 16 * 1024 * 1024 },
  cpus: { min: 1, max: 288 },
  freezeBudgetMs: { min: 100, max: 10_000 },
  undoHours: { min: 0, max: 8760 },
  /** Kept of one VM: who reverts all day would fill the disk with what nobody misses. */
  discardedStates: { max: 4 },
  maxCheckpoints: { min: 1, max: 10_000 },
  maxCheckpointAgeDays: { min: 1, max: 36_500 },
  maxCheckpointBytes: { min: 1, max: Number.MAX_SAFE_INTEGER },
  mergeBandwidthMiBps: { min: 1, max: 100_000 },
  nameLength: { min: 1, max: 100 },
  notesLength: { max: 4000 },
  disks: { max: 64 },
  tags: { count: 64, length: 100 },
  groupMembers: { max: 64 },
} as const
