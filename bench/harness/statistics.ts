/** The middle value; of an even number of values the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

/** Figures beyond the fourth are noise, and make a table hard to read. */
export function rounded(value: number): number {
  if (!Number.isFinite(value)) return value
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))
}
