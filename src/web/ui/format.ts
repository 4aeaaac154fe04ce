import { formatBytes } from '../../core/units.ts'

/** `1.2 GiB`; a dash where the size is not known. */
export function bytes(sizeBytes: number | null): string {
  return sizeBytes === null ? '–' : formatBytes(sizeBytes)
}

const counting = new Intl.NumberFormat('en')
/** `10,000`. */
export function count(value: number): string {
  return counting.format(value)
}

/** `8.1 ms`, `320 ms`, `2.4 s`; a dash where nothing was measured. */
export function milliseconds(durationMs: number | null): string {
  if (durationMs === null) return '–'
  if (durationMs < 10) return `${Number(durationMs.toFixed(1))} ms`
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`
}

/** `2 d 03:04:05`, as a VM's uptime is shown. */
export function uptime(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const days = Math.floor(seconds / 86_400)
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
    .map(two)
    .join(':')
  return days > 0 ? `${days} d ${clock}` : clock
}

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
/** In the browser's time zone and language. */
export function dateAndTime(at: string): string {
  return dateTime.format(new Date(at))
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `3 hours ago`, `in 20 minutes`, `just now`. */
export function timeFromNow(at: string, nowMs: number): string {
  const distanceMs = new Date(at).getTime() - nowMs
  for (const [unit, lengthMs] of steps) {
    if (Math.abs(distanceMs) >= lengthMs) return relative.format(Math.trunc(distanceMs / lengthMs), unit)
  }
  return Math.abs(distanceMs) < 60_000 ? 'just now' : ''
}
