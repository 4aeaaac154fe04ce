import type { Sheet } from '../harness/sheet.ts'
import type { Target } from '../harness/target.ts'

/** Figures that compare the sizes, which the targets are about; each has one value, from the medians. */
const names = {
  pause: 'pause, largest ÷ smallest of the sizes',
  heartbeat: 'apply, call to heartbeat, largest ÷ smallest of the sizes',
  restore: 'restore process, by GiB of guest memory',
  capture: 'capture process, by GiB of guest memory',
  daemon: 'peak of the daemon, largest − smallest of the sizes',
} as const

const flatness = 1.5

const flat = (metric: string): Target => ({
  metric,
  text: `at most ${flatness}`,
  isReached: (sheet, of) => sheet.median(metric, of) <= flatness,
})

export const sizeTargets: readonly Target[] = [
  flat(names.pause),
  flat(names.heartbeat),
  {
    metric: 'apply, call to heartbeat',
    text: 'at most 300 ms',
    isReached: (sheet, params) => sheet.median('apply, call to heartbeat', params) <= 300,
  },
  {
    metric: 'apply, pages until resident',
    text: 'at least 400 MB/s',
    isReached: (sheet, params) => sheet.median('apply, pages until resident', params) >= 400,
  },
  {
    metric: names.restore,
    text: 'at most 8 MiB',
    isReached: (sheet, params) => sheet.median(names.restore, params) <= 8,
  },
  {
    // A garbage-collected heap is never the same twice.
    metric: names.daemon,
    text: 'nothing (at most 16 MiB)',
    isReached: (sheet, params) => sheet.median(names.daemon, params) <= 16,
  },
]

export function compareSizes(sheet: Sheet, sizes: readonly number[]): void {
  const [smallest, largest] = [sizes.at(0), sizes.at(-1)]
  if (smallest === undefined || largest === undefined || smallest === largest) return
  const spread = (metric: string, rest: Record<string, string>) => {
    const medians = sizes.map((memoryMiB) => sheet.median(metric, { memoryMiB, ...rest }))
    return Math.max(...medians) / Math.min(...medians)
  }
  const growth = (metric: string, rest: Record<string, string>) => {
    const at = (memoryMiB: number) => sheet.median(metric, { memoryMiB, ...rest })
    return at(largest) - at(smallest)
  }
  const gib = (largest - smallest) / 1024
  for (const checkpoint of ['first', 'following']) {
    sheet.add(names.pause, '×', { checkpoint }, spread('pause', { checkpoint }))
    sheet.add(
      names.capture,
      'MiB',
      { checkpoint },
      growth('peak of the capture process', { checkpoint }) / gib,
    )
  }
  sheet.add(names.heartbeat, '×', {}, spread('apply, call to heartbeat', {}))
  sheet.add(names.restore, 'MiB', {}, growth('peak of the restore process', {}) / gib)
  sheet.add(names.daemon, 'MiB', {}, growth('peak of the daemon', {}))
}
