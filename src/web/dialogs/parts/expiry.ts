/** When a checkpoint expires, as it is being typed. */
export type Expiry =
  | { readonly choice: 'as-set' }
  | { readonly choice: 'never' }
  | { readonly choice: 'after'; readonly count: number | null; readonly unit: SpanUnit }
  /** `at` as the browser writes a local time: `2026-12-01T18:00`. */
  | { readonly choice: 'at'; readonly at: string }

export const spanUnits = ['hours', 'days', 'weeks'] as const
export type SpanUnit = (typeof spanUnits)[number]

const hourMs = 3_600_000
const unitMs: Readonly<Record<SpanUnit, number>> = {
  hours: hourMs,
  days: 24 * hourMs,
  weeks: 7 * 24 * hourMs,
}

export type ExpiryTime = { readonly expiresAt: string | null | undefined } | { readonly refusal: string }

/** What the API takes: undefined where the settings say it, null for never, or why it is no time. */
export function expiresAtOf(expiry: Expiry, nowMs: number): ExpiryTime {
  if (expiry.choice === 'as-set') return { expiresAt: undefined }
  if (expiry.choice === 'never') return { expiresAt: null }
  if (expiry.choice === 'after') {
    const { count, unit } = expiry
    if (count === null || count <= 0) return { refusal: 'Write a number of 1 or more.' }
    return inTime(nowMs + count * unitMs[unit]) ?? { refusal: 'That is too far away.' }
  }
  const atMs = Date.parse(expiry.at)
  if (Number.isNaN(atMs)) return { refusal: 'Write a date and a time.' }
  if (atMs <= nowMs) return { refusal: 'That has passed. Delete the checkpoint, or write a later time.' }
  return inTime(atMs) ?? { refusal: 'That is too far away.' }
}

/** Four digits for the year are what the API takes. */
function inTime(ms: number): { readonly expiresAt: string } | null {
  return ms < Date.UTC(10_000, 0) ? { expiresAt: new Date(ms).toISOString() } : null
}

/** What a checkpoint has, to be changed. */
export function expiryOf(expiresAt: string | null): Expiry {
  return expiresAt === null ? { choice: 'never' } : { choice: 'at', at: localTime(expiresAt) }
}

/** `2026-12-01T18:00`, in the browser's time zone. */
export function localTime(at: string): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}
