import { GIB, MIB, parseSize } from '../../../core/units.ts'

const units = [
  ['TiB', 1024 * GIB],
  ['GiB', GIB],
  ['MiB', MIB],
  ['KiB', 1024],
] as const

export type SizeUnit = 'MiB' | 'GiB'

/** Bytes of `20 GiB`, `512M`; a number alone counts in `unit`. NaN for what is no size. */
export function bytesOfText(text: string, unit: SizeUnit): number {
  try {
    const isNumber = /^\s*\d+(\.\d+)?\s*$/.test(text)
    return parseSize(isNumber ? `${text.trim()} ${unit}` : text)
  } catch {
    return Number.NaN // said beside the field
  }
}

/** A text that means exactly so many bytes, in the largest unit that needs no more than two decimals. */
export function textOfBytes(sizeBytes: number): string {
  for (const [unit, factor] of units) {
    const value = sizeBytes / factor
    if (value >= 1 && Number.isInteger(value * 4)) return `${value} ${unit}`
  }
  return `${sizeBytes} B`
}
