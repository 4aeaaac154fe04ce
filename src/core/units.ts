import { StillpointError } from './error.ts'

export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

const factors: Readonly<Record<string, number>> = { B: 1, K: KIB, M: MIB, G: GIB, T: 1024 * GIB }

/** Bytes of `10G`, `512M`, `1.5GiB`, `4096`. Units are powers of 1024. Error: `invalid_request`. */
export function parseSize(text: string, defaultUnit: 'B' | 'M' = 'B'): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([KMGT])(?:i?B)?|(B))?\s*$/i.exec(text)
  const factor = match ? factors[(match[2] ?? match[3] ?? defaultUnit).toUpperCase()] : undefined
  const sizeBytes = match && factor !== undefined ? Math.round(Number(match[1]) * factor) : Number.NaN
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
    throw new StillpointError(
      'invalid_request',
      `"${text}" is not a size; write it as 512M, 20G or a number of bytes.`,
    )
  }
  return sizeBytes
}

/** `1.2 GiB`; three figures at most, so that columns stay narrow. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = sizeBytes
  let index = 0
  while (Math.round(value) >= 1000 && index < units.length - 1) {
    value /= 1024
    index++
  }
  return `${value >= 100 || index === 0 ? Math.round(value) : Number(value.toPrecision(2))} ${units[index]}`
}

/** `40 min`, `3 h`, `2 d`: rounded, in one unit. */
export function formatSpan(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000))
  if (minutes < 90) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`
}
