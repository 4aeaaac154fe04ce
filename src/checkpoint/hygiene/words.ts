import { formatBytes, formatSpan } from '../../core/units.ts'
import type { VolumeState } from './volume-state.ts'

const namedVms = 3

/** `Volume "/var" is full in 3 h at the present growth of 2.1 GiB/h (web01 1.9 GiB/h)…` */
export function fillNotice(volume: VolumeState, now: Date): string {
  const { mountPoint, fullAt, growthPerHour, freeBytes, vms } = volume
  const leftMs = fullAt === null ? 0 : Date.parse(fullAt) - now.getTime()
  const growing = vms
    .filter((vm) => (vm.growthPerHour ?? 0) > 0)
    .slice(0, namedVms)
    .map((vm) => `${vm.name} ${formatBytes(vm.growthPerHour ?? 0)}/h`)
    .join(', ')
  const who = growing === '' ? '' : ` (${growing})`
  return `Volume "${mountPoint}" is full in ${formatSpan(leftMs)} at the present growth of ${formatBytes(growthPerHour ?? 0)}/h${who}; ${formatBytes(freeBytes)} are free. Guests stand still when it is full: free space, or delete checkpoints that are no longer needed.`
}
