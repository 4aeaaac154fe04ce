/** The time, as the daemon sees it. `monotonicMs` never goes back and is for durations. */
export interface Clock {
  now(): Date
  monotonicMs(): number
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() }

export function roundMs(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
