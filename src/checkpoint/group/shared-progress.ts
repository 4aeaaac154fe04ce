import type { Progress } from '../../core/progress.ts'

/** Parts of `progress` for several VMs at once: it shows the mean of them, and what the last one to speak said. */
export function sharedProgress(progress: Progress, names: readonly string[]): Progress[] {
  const percents = names.map(() => 0)
  return names.map((name, index) => ({
    report(percent, message) {
      percents[index] = percent
      const mean = percents.reduce((sum, each) => sum + each, 0) / percents.length
      progress.report(mean, `${name}: ${message}`)
    },
  }))
}
