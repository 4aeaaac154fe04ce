import { type Command, InvalidArgumentError } from 'commander'
import type { VmView } from '../contract/vm.ts'
import { sizeInBytes, wholeNumber } from './arguments.ts'
import { bytes, nothing } from './format.ts'

/** Options of `vm set` about what checkpoints may cost, and about merges. */
export interface HygieneOptions {
  readonly maxCheckpoints?: number | 'none'
  readonly maxCheckpointSize?: number | 'none'
  readonly maxCheckpointAge?: number | 'none'
  readonly mergeBandwidth?: number | 'none'
  readonly mergeQuietHours?: string
}

export function addHygieneOptions(command: Command): Command {
  return command
    .option('--max-checkpoints <n|none>', 'refuse more than that', orNone(wholeNumber))
    .option('--max-checkpoint-size <size|none>', 'none once all occupy as much, as 20G', orNone(sizeInBytes))
    .option('--max-checkpoint-age <days|none>', 'new ones expire after that', orNone(days))
    .option('--merge-bandwidth <MiB/s|none>', 'the most that merges read or write', orNone(wholeNumber))
    .option(
      '--merge-quiet-hours <span|none>',
      'when background merges may begin, as 22:00-06:00',
      orNone((text) => text),
    )
}

export function hygieneSettings(options: HygieneOptions) {
  return {
    maxCheckpoints: unlessNone(options.maxCheckpoints),
    maxCheckpointBytes: unlessNone(options.maxCheckpointSize),
    maxCheckpointAgeDays: unlessNone(options.maxCheckpointAge),
    mergeBandwidthMiBps: unlessNone(options.mergeBandwidth),
    mergeQuietHours: unlessNone(options.mergeQuietHours),
  }
}

/** Lines of `vm show`. */
export function hygieneLines(settings: VmView['settings']): [label: string, value: string][] {
  const { maxCheckpoints, maxCheckpointBytes, maxCheckpointAgeDays } = settings
  const { mergeBandwidthMiBps, mergeQuietHours } = settings
  const limits = [
    ...(maxCheckpoints === null ? [] : [`${maxCheckpoints} checkpoints`]),
    ...(maxCheckpointBytes === null ? [] : [`${bytes(maxCheckpointBytes)} in all`]),
    ...(maxCheckpointAgeDays === null ? [] : [`new ones expire after ${maxCheckpointAgeDays} days`]),
  ]
  const merges = [
    ...(mergeBandwidthMiBps === null ? [] : [`at most ${mergeBandwidthMiBps} MiB/s`]),
    ...(mergeQuietHours === null ? [] : [`begin ${mergeQuietHours}`]),
  ]
  return [
    ['Limits', limits.join(', ') || nothing],
    ['Merges', merges.join(', ') || 'at once'],
  ]
}

/** Commander shows the thrown text beside the option, and takes null for a value that is missing. */
const orNone =
  <T>(parse: (text: string) => T) =>
  (text: string): T | 'none' =>
    text.trim().toLowerCase() === 'none' ? 'none' : parse(text)

const unlessNone = <T>(value: T | 'none' | undefined) => (value === 'none' ? null : value)

function days(text: string): number {
  const match = /^\s*(\d{1,5})\s*d?\s*$/i.exec(text)
  if (match) return Number(match[1])
  throw new InvalidArgumentError('It is not a number of days.')
}
