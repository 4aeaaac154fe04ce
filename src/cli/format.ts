import { stripVTControlCharacters } from 'node:util'
import { formatBytes } from '../core/units.ts'

/** In place of a value that there is none of. */
export const nothing = '-'

/** Without what could steer a terminal: notes are the user's words, but much of a record is the guest's. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
}

export function bytes(sizeBytes: number | null): string {
  return sizeBytes === null ? nothing : formatBytes(sizeBytes)
}

export function milliseconds(value: number | null): string {
  if (value === null) return nothing
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  return `${value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ms`
}

/** How long ago, in one unit: `45s`, `12m`, `3h`, `9d`. */
export function age(at: string, now: Date): string {
  const seconds = secondsSince(at, now)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** In two units: `45s`, `12m 05s`, `3h 20m`, `9d 4h`. */
export function uptime(since: string | null, now: Date): string {
  if (since === null) return nothing
  const seconds = secondsSince(since, now)
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(
    Math.floor,
  )
  if (days) return `${days}d ${hours}h`
  if (hours) return `${hours}h ${two(minutes)}m`
  if (minutes) return `${minutes}m ${two(seconds % 60)}s`
  return `${seconds}s`
}

/** Local time, as `2026-11-20 08:17:35`. */
export function localTime(at: string): string {
  const date = new Date(at)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}

function secondsSince(at: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(at)) / 1000))
}

function two(value = 0): string {
  return String(value).padStart(2, '0')
}
