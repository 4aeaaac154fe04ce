import type { VmId } from '../../core/ids.ts'
import type { FillLevel } from './fill-level.ts'
import type { UsedVolume } from './volumes.ts'

export interface VmOnVolume {
  readonly vmId: VmId
  readonly name: string
  readonly bytes: number
  /** Null when it is not known yet. */
  readonly growthPerHour: number | null
}

/** A file system with files of VMs, with what is to be expected of it. */
export interface VolumeState extends Omit<UsedVolume, 'vmBytes'> {
  /** Of everything on it, whoever writes. Null when it is not known yet. */
  readonly growthPerHour: number | null
  /** UTC, ISO 8601; null when that is not to be foreseen. */
  readonly fullAt: string | null
  readonly level: FillLevel
  /** What grows most comes first. */
  readonly vms: readonly VmOnVolume[]
}
