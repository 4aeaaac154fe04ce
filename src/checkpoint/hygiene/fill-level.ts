import { hourMs } from './forecast.ts'

export const fillLevels = ['ok', 'warning', 'error'] as const
/** How soon a volume is full. */
export type FillLevel = (typeof fillLevels)[number]

const warningMs = 24 * hourMs
const errorMs = 3 * hourMs
/** A level is left only when there is so much more time than it took to reach it. */
const slack = 2

/**
 * The level after a look at the forecast: `leftMs` until the volume is full, null when that is not foreseen. A
 * forecast that wavers about a threshold does not make it go to and fro.
 */
export function nextFillLevel(previous: FillLevel, leftMs: number | null): FillLevel {
  const left = leftMs ?? Number.POSITIVE_INFINITY
  if (left <= errorMs || (previous === 'error' && left <= errorMs * slack)) return 'error'
  if (left <= warningMs || (previous !== 'ok' && left <= warningMs * slack)) return 'warning'
  return 'ok'
}

/** Whether that is worth a notice: only when it gets worse. */
export function isWorse(level: FillLevel, than: FillLevel): boolean {
  return fillLevels.indexOf(level) > fillLevels.indexOf(than)
}
