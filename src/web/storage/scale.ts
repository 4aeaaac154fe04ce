import { GIB, KIB, MIB } from '../../core/units.ts'

export interface Scale {
  /** Rising; the first and the last are the ends of the axis. */
  readonly ticks: readonly number[]
  format(value: number): string
}

const units = [
  ['TiB', 1024 * GIB],
  ['GiB', GIB],
  ['MiB', MIB],
  ['KiB', KIB],
  ['B', 1],
] as const

/**
 * An axis for sizes: even steps of 1, 2 or 5 in the unit of the largest, and as many decimals as tell the steps apart.
 * It spans `leastSpan` at least, so that noise does not look like growth.
 */
export function byteScale(low: number, high: number, leastSpan: number): Scale {
  const middle = (low + high) / 2
  const span = Math.max(high - low, leastSpan, 1)
  const [from, to] = [Math.max(0, Math.min(low, middle - span / 2)), Math.max(high, middle + span / 2)]
  const [unit, unitBytes] = units.find(([, size]) => to >= size) ?? (['B', 1] as const)
  const step = roundStep((to - from) / 4 / unitBytes)
  const first = Math.floor(from / unitBytes / step)
  const last = Math.ceil(to / unitBytes / step)
  const decimals = Math.max(0, -Math.floor(Math.log10(step)))
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step * unitBytes),
    format: (value) => `${(value / unitBytes).toFixed(decimals)} ${unit}`,
  }
}

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step))
  const digit = step / power
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10)
}

/** Most pauses take a few milliseconds, and some take hundreds: both are to be seen. */
const unevenFrom = 20

export interface DurationScale {
  /** Square roots of the values are drawn, for the largest would leave nothing of the others. */
  readonly isUneven: boolean
  readonly ticks: readonly number[]
}

/** An axis for durations, from zero to the largest. */
export function durationScale(median: number, largest: number): DurationScale {
  if (largest > unevenFrom * median) {
    const tens = [1, 10, 100, 1000, 10_000].filter((each) => each * 30 > largest && each * 2 < largest)
    return { isUneven: true, ticks: [0, ...tens, Math.ceil(largest)] }
  }
  const step = roundStep(Math.max(largest, 0.1) / 3)
  const steps = Math.ceil(largest / step - 1e-9)
  return {
    isUneven: false,
    ticks: Array.from({ length: Math.max(steps, 1) + 1 }, (_, index) => tidy(index * step)),
  }
}

/** Without what binary fractions add. */
function tidy(value: number): number {
  return Number(value.toPrecision(6))
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const timeSteps = [
  ...[5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hourMs),
  ...[1, 2, 5, 10, 30].map((days) => days * dayMs),
]

/** An axis for times: at most about `most` ticks, at round times of the time zone that is `offsetMinutes` behind UTC. */
export function timeTicks(fromMs: number, toMs: number, offsetMinutes: number, most = 8): number[] {
  const step = timeSteps.find((each) => (toMs - fromMs) / each <= most) ?? 30 * dayMs
  const offsetMs = offsetMinutes * minuteMs
  const ticks: number[] = []
  for (let at = Math.ceil((fromMs - offsetMs) / step) * step + offsetMs; at <= toMs; at += step)
    ticks.push(at)
  return ticks
}
