import type { DiskId } from '../core/ids.ts'

export const checkpointPolicies = ['Disabled', 'Standard', 'Production', 'ProductionOnly'] as const
export type CheckpointPolicy = (typeof checkpointPolicies)[number]

export const firmwares = ['bios', 'uefi'] as const
export type Firmware = (typeof firmwares)[number]
export const networks = ['none', 'user'] as const
export type Network = (typeof networks)[number]
export const displays = ['none', 'vnc'] as const
export type Display = (typeof displays)[number]
/**
 * What a guest's memory is made of on the host: memory of its own; huge pages that the host has reserved
 * (`vm.nr_hugepages`), faster for large guests; or memory that other processes can be given (vhost-user, virtiofs).
 */
export const memoryBackings = ['normal', 'huge-pages', 'shared'] as const
export type MemoryBacking = (typeof memoryBackings)[number]

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
  /** The SMBIOS UUID. */
  readonly systemUuid: string
  /** Direct kernel boot; absolute paths on the host. */
  readonly boot: DirectBoot | null
  readonly disks: readonly DiskSlot[]
}

export interface DirectBoot {
  readonly kernel: string
  readonly initrd: string | null
  readonly append: string
}

/** What belongs to the VM whatever is applied. */
export interface Settings {
  readonly checkpointPolicy: CheckpointPolicy
  /** Set the guest's clock through the agent after a standard checkpoint was applied. */
  readonly syncClockAfterApply: boolean
  /** The longest time that a guest may stay frozen, 100 to 10,000 ms. */
  readonly freezeBudgetMs: number
}

export const defaultSettings: Settings = {
  checkpointPolicy: 'Production',
  syncClockAfterApply: true,
  freezeBudgetMs: 2000,
}

export const limits = {
  memoryMiB: { min: 16, max: 16 * 1024 * 1024 },
  cpus: { min: 1, max: 288 },
  freezeBudgetMs: { min: 100, max: 10_000 },
  nameLength: { min: 1, max: 100 },
  notesLength: { max: 4000 },
  disks: { max: 64 },
} as const
