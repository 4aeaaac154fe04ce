import { kindOf, type Subject } from '../../actions/checkpoint-kind.ts'
import { sentenceOf } from '../../ui/words.ts'

/** Which one will be created, and what may come instead. */
export function kindSentence(vm: Subject): string {
  const choice = kindOf(vm)
  if (choice.kind === null) return `No checkpoint can be created: ${choice.reason}.`
  if (choice.kind === 'offline') return 'An offline checkpoint: of the disks, as the VM is off.'
  if (choice.kind === 'standard') {
    const why = choice.fallbackReason === null ? '' : ` ${sentenceOf(choice.fallbackReason)}`
    return `A standard checkpoint: with memory, so that applying it brings this exact instant back.${why}`
  }
  const otherwise =
    choice.fallback === null
      ? 'If the guest cannot take part, none is created.'
      : `If the guest cannot take part, a ${choice.fallback} one is created instead, with memory.`
  return `A production checkpoint: of the disks, which the guest makes consistent. ${otherwise}`
}
