import type { VolumeView } from '../contract/storage.ts'
import { formatSpan } from '../core/units.ts'
import type { Context } from './context.ts'
import { bytes, localTime, nothing } from './format.ts'

/** `+1.2 GiB/h`, `-300 MiB/h`; a dash while it is not known. */
export function perHour(growthBytesPerHour: number | null): string {
  if (growthBytesPerHour === null) return nothing
  const sign = growthBytesPerHour < 0 ? '-' : '+'
  return `${sign}${bytes(Math.abs(Math.round(growthBytesPerHour)))}/h`
}

/** What a volume holds, and when it is full. */
export function volumeLine(context: Context, volume: VolumeView, now: Date): string {
  const { mountPoint, sizeBytes, freeBytes, vmBytes, growthBytesPerHour, fullAt, level } = volume
  const space = `${bytes(freeBytes)} of ${bytes(sizeBytes)} free, ${bytes(vmBytes)} used by VMs`
  const growth = growthBytesPerHour === null ? '' : `, ${perHour(growthBytesPerHour)}`
  const line = `Volume ${mountPoint}: ${space}${growth}`
  if (fullAt === null) return `${line}.`
  const colour = ({ ok: 'dim', warning: 'yellow', error: 'red' } as const)[level]
  const left = formatSpan(Date.parse(fullAt) - now.getTime())
  return `${line}; ${context.paint(colour, `full in ${left} (${localTime(fullAt)})`)}.`
}
