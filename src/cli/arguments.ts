import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import type { NewDisk } from '../contract/vm.ts'
import { isStillpointError } from '../core/error.ts'
import { MIB, parseSize } from '../core/units.ts'

export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is not a whole number.')
}

/** `512M`, `2G`, or a number of MiB. */
export function memoryMiB(text: string): number {
  const sizeMiB = sizeBytes(text, 'M') / MIB
  if (Number.isInteger(sizeMiB)) return sizeMiB
  throw new InvalidArgumentError('It is not a whole number of MiB.')
}

export function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on'
  throw new InvalidArgumentError('It is neither on nor off.')
}

/** `prod,role:database`; what is empty is left out. */
export function tagList(text: string): string[] {
  return text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
}

export function emptyDisk(text: string): NewDisk {
  return { source: 'empty', sizeBytes: sizeBytes(text, 'B') }
}

/** `PATH[,copy|link][,backing=PATH]`; a path may hold commas. Relative ones begin at `folder`. */
export function imageDisk(text: string, folder: string): NewDisk {
  const parts = text.split(',')
  let use: 'copy' | 'link' = 'copy'
  let backing: string | null = null
  for (let last = parts.at(-1); parts.length > 1 && last !== undefined; last = parts.at(-1)) {
    if (last === 'copy' || last === 'link') use = last
    else if (last.startsWith('backing=')) backing = resolve(folder, last.slice('backing='.length))
    else break
    parts.pop()
  }
  return { source: 'image', path: resolve(folder, parts.join(',')), use, backing }
}

/** `20G`, or a number of bytes. */
export function sizeInBytes(text: string): number {
  return sizeBytes(text, 'B')
}

function sizeBytes(text: string, defaultUnit: 'B' | 'M'): number {
  try {
    return parseSize(text, defaultUnit)
  } catch (error) {
    throw isStillpointError(error) ? new InvalidArgumentError(error.message) : error
  }
}
