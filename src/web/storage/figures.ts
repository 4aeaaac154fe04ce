import type { StorageHistory, StorageView, VolumeView } from '../../contract/storage.ts'
import { formatBytes, formatSpan } from '../../core/units.ts'

export type VmStorage = StorageView['vms'][number]

/** `+1.2 GiB/h`, `-300 MiB/h`, `no growth`; `not known yet` while there are too few measurements. */
export function growth(growthBytesPerHour: number | null): string {
  if (growthBytesPerHour === null) return 'not known yet'
  const rounded = Math.round(growthBytesPerHour)
  if (rounded === 0) return 'none'
  return `${rounded < 0 ? '−' : '+'}${formatBytes(Math.abs(rounded))}/h`
}

/** `in 3 d`; null when it is not to be foreseen. */
export function fullIn({ fullAt }: Pick<VolumeView, 'fullAt'>, nowMs: number): string | null {
  return fullAt === null ? null : `in ${formatSpan(Date.parse(fullAt) - nowMs)}`
}

export function totalBytes({ baseBytes, layerBytes, memoryBytes }: VmStorage): number {
  return baseBytes + layerBytes + memoryBytes
}

/** What occupies most comes first. */
export function bySize(vms: readonly VmStorage[]): VmStorage[] {
  return vms.toSorted((a, b) => totalBytes(b) - totalBytes(a))
}

export interface GrowthPoint {
  readonly atMs: number
  /** Measured; absent in the future. */
  readonly usedBytes?: number
  /** At the present growth; from the last measurement on. */
  readonly forecastBytes?: number
}

/** How much of what was measured is foreseen: two hours of growth say little about next month. */
const forecastShare = 0.5

/** What was measured, and the forecast behind it: until the volume is full, or for half the time that is shown. */
export function growthPoints(
  samples: StorageHistory['volumes'][number]['samples'],
  { sizeBytes, growthBytesPerHour }: Pick<VolumeView, 'sizeBytes' | 'growthBytesPerHour'>,
): GrowthPoint[] {
  const points: GrowthPoint[] = samples.map(({ at, usedBytes }) => ({ atMs: Date.parse(at), usedBytes }))
  const [first, last] = [points[0], points.at(-1)]
  if (!first || last?.usedBytes === undefined || growthBytesPerHour === null) return points
  const spanMs = Math.max((last.atMs - first.atMs) * forecastShare, 3_600_000)
  const leftMs =
    growthBytesPerHour > 0 ? ((sizeBytes - last.usedBytes) / growthBytesPerHour) * 3_600_000 : Infinity
  const aheadMs = Math.max(0, Math.min(spanMs, leftMs))
  const forecastBytes = Math.max(0, last.usedBytes + (growthBytesPerHour * aheadMs) / 3_600_000)
  return [
    ...points.slice(0, -1),
    { ...last, forecastBytes: last.usedBytes },
    { atMs: last.atMs + aheadMs, forecastBytes },
  ]
}

export interface Standstill {
  readonly checkpointId: string
  readonly vmId: string
  readonly vmName: string
  readonly checkpointName: string
  readonly createdAt: string
  readonly pauseMs: number | null
  readonly frozenMs: number | null
}

/** The newest checkpoints during which a guest stood still or was frozen, oldest first: of all VMs, or of one. */
export function standstills(vms: readonly VmStorage[], vmId: string | null, most: number): Standstill[] {
  return vms
    .filter((vm) => vmId === null || vm.vmId === vmId)
    .flatMap((vm) =>
      vm.checkpoints
        .filter(({ pauseMs, frozenMs }) => pauseMs !== null || frozenMs !== null)
        .map(({ id, name, createdAt, pauseMs, frozenMs }) => ({
          checkpointId: id,
          vmId: vm.vmId,
          vmName: vm.name,
          checkpointName: name,
          createdAt,
          pauseMs,
          frozenMs,
        })),
    )
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    .slice(-most)
}

/** Which say more than a mean; null when there are none. */
export function medianAndLargest(
  values: readonly (number | null)[],
): { median: number; largest: number } | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  const largest = sorted.at(-1)
  const median = sorted[Math.floor((sorted.length - 1) / 2)]
  return largest === undefined || median === undefined ? null : { median, largest }
}
