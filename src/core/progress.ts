/** Where an operation says how far it is. `percent` is 0 to 100 of the whole operation. */
export interface Progress {
  report(percent: number, message: string): void
}

export const noProgress: Progress = { report() {} }

/** A part of `progress` that fills from `fromPercent` to `toPercent`. */
export function partOf(progress: Progress, fromPercent: number, toPercent: number): Progress {
  return {
    report: (percent, message) =>
      progress.report(fromPercent + (percent / 100) * (toPercent - fromPercent), message),
  }
}
