const minuteMs = 60_000
/** A span that a change of the clock swallows on one day is there on the next. */
const searchedMinutes = 49 * 60

/** A span of the day on the host's clock, in minutes from midnight; it may reach over midnight. */
export interface DaySpan {
  readonly from: number
  readonly to: number
}

/** `22:00-06:00`, as the settings keep it. */
export function daySpan(text: string): DaySpan {
  const [from = 0, to = 0] = text.split('-').map((time) => {
    const [hours = 0, minutes = 0] = time.split(':').map(Number)
    return hours * 60 + minutes
  })
  return { from, to }
}

/** By the host's clock. The end does not belong to it; a span that ends where it begins is the whole day. */
export function isWithin({ from, to }: DaySpan, at: Date): boolean {
  const minute = at.getHours() * 60 + at.getMinutes()
  if (from === to) return true
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

/**
 * The next instant, from `now` on, that lies within the span: `now` itself if it does. Minute by minute, so that it is
 * right also on the days when the clock is put forward or back.
 */
export function nextWithin(span: DaySpan, now: Date): Date {
  if (isWithin(span, now)) return now
  const first = Math.floor(now.getTime() / minuteMs) * minuteMs
  for (let minute = 1; minute <= searchedMinutes; minute++) {
    const at = new Date(first + minute * minuteMs)
    if (isWithin(span, at)) return at
  }
  return new Date(first + searchedMinutes * minuteMs)
}
