import type { VmView } from '../../../contract/vm.ts'
import { kindOf, sentence } from './state-words.ts'

/** Which checkpoint will be created of a VM, and what may come instead. */
export function kindSentence({ state, settings }: VmView): string {
  const choice = kindOf(state, settings.checkpointPolicy)
  if (choice.kind === null) return '' // see createRefusal
  if (choice.kind === 'offline') return 'An offline checkpoint, as the VM is off: of its disks, at once.'
  if (choice.kind === 'standard') {
    const why = choice.fallbackReason === null ? '' : ` ${sentence(choice.fallbackReason)}.`
    return `A standard checkpoint: with memory, so that applying it brings this exact instant back.${why}`
  }
  const otherwise =
    choice.fallback === null
      ? 'If the guest cannot take part, none is created.'
      : `If the guest cannot take part, a ${choice.fallback} one is created instead, with memory.`
  return `A production checkpoint: of the disks, which the guest makes consistent. ${otherwise}`
}

/** Why none can be created; null: one can, as far as is known. */
export function createRefusal({ state, settings, checkpointCount }: VmView): string | null {
  const choice = kindOf(state, settings.checkpointPolicy)
  if (choice.kind === null) return choice.reason
  const { maxCheckpoints } = settings
  return maxCheckpoints !== null && checkpointCount >= maxCheckpoints
    ? `it has ${checkpointCount} checkpoints, and its settings allow ${maxCheckpoints}`
    : null
}
