import { StillpointError } from '../core/error.ts'

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/** A span of time, as `30m`, `12h`, `7d` or `4w`, in ms. Error: `invalid_request`. */
export function spanMs(text: string): number {
  const match = /^\s*(\d{1,6})\s*([smhdw])\s*$/i.exec(text)
  const unit = unitMs[match?.[2]?.toLowerCase() ?? '']
  if (match && unit !== undefined) return Number(match[1]) * unit
  throw new StillpointError(
    'invalid_request',
    `"${text}" is not a span of time; write it as 30m, 12h, 7d or 4w.`,
  )
}

/**
 * When something expires, as the API takes it: after a span from now, or at a date or time, which are local ones
 * unless an offset is given. Null for `none`. Error: `invalid_request`.
 */
export function expiryTime(text: string, now: Date): string | null {
  const wanted = text.trim()
  if (wanted.toLowerCase() === 'none') return null
  if (/^\d+\s*[a-z]$/i.test(wanted)) return new Date(now.getTime() + spanMs(wanted)).toISOString()
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?)?$/i.exec(wanted)
  // Without a time, `Date` would take the day for one of UTC.
  const time = match ? Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? ''}`) : Number.NaN
  if (Number.isNaN(time)) {
    throw new StillpointError(
      'invalid_request',
      `"${text}" is not a time; write 12h, 7d, 2026-12-01, "2026-12-01 18:00" or none.`,
    )
  }
  return new Date(time).toISOString()
}
