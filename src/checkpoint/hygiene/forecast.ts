export interface Sample {
  /** ms since 1970. */
  readonly atMs: number
  readonly bytes: number
}

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
/** "Present" growth is that of the last two hours. */
export const recentMs = 2 * hourMs
/** Less says nothing of where it goes. */
const leastSpanMs = 10 * 60_000
const leastSamples = 5
/** Growth below that is noise: a journal that is turned over, a log. */
const leastGrowthPerHour = 64 * 1024
/** What lies further away is not foreseen by two hours. */
const furthestMs = 365 * dayMs

/**
 * Bytes per hour over these samples, by Theil and Sen: the median of the slopes between all pairs, which a burst or a
 * delete in the midst does not bend. Null when they are too few, or too close together. Negative when it shrinks.
 */
export function growthPerHour(samples: readonly Sample[]): number | null {
  const ordered = samples.toSorted((a, b) => a.atMs - b.atMs)
  const [first, last] = [ordered[0], ordered.at(-1)]
  if (!first || !last || ordered.length < leastSamples || last.atMs - first.atMs < leastSpanMs) return null
  const slopes: number[] = []
  for (const [index, one] of ordered.entries()) {
    for (const other of ordered.slice(index + 1)) {
      if (other.atMs > one.atMs) slopes.push((other.bytes - one.bytes) / (other.atMs - one.atMs))
    }
  }
  return median(slopes) * hourMs
}

/** The growth of the last two hours; that of the last day when the last two hours say nothing: the daemon was off. */
export function presentGrowth(samples: readonly Sample[], nowMs: number): number | null {
  const recent = samples.filter(({ atMs }) => atMs > nowMs - recentMs)
  return growthPerHour(recent) ?? growthPerHour(samples.filter(({ atMs }) => atMs > nowMs - dayMs))
}

/** When `freeBytes` are used up at this growth, in ms since 1970; null when that is not to be foreseen. */
export function fullAtMs(freeBytes: number, perHour: number | null, nowMs: number): number | null {
  if (perHour === null || perHour < leastGrowthPerHour) return null
  const leftMs = (freeBytes / perHour) * hourMs
  return leftMs > furthestMs ? null : Math.round(nowMs + leftMs)
}

function median(values: readonly number[]): number {
  // Thousands of them, for each VM: this sorts several times faster than a list.
  const sorted = Float64Array.from(values).sort()
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}
