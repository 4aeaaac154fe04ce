import type { VmView } from '../../../contract/vm.ts'
import { chooseKind, type KindChoice } from '../../../vm/kind.ts'
import { refusalOf } from '../../../vm/power.ts'
import { sentence } from './state-words.ts'

type Subject = Pick<VmView, 'state' | 'settings' | 'checkpointCount'>

/** Which kind would be created of a VM as it is, or why none, as far as is known before. */
export function kindOf({ state, settings, checkpointCount }: Subject): KindChoice {
  const power = state === 'broken' ? 'off' : state
  const refusal = refusalOf('checkpoint', power)
  if (refusal !== null) return { kind: null, code: 'vm_state', reason: refusal }
  const { maxCheckpoints, checkpointPolicy } = settings
  if (maxCheckpoints !== null && checkpointCount >= maxCheckpoints) {
    const reason = `it has ${checkpointCount} checkpoints, and its settings allow ${maxCheckpoints}`
    return { kind: null, code: 'limit_reached', reason }
  }
  return chooseKind(checkpointPolicy, power)
}

/** Why none can be created; null: one can, as far as is known. */
export function createRefusal(vm: Subject): string | null {
  const choice = kindOf(vm)
  return choice.kind === null ? choice.reason : null
}

/** Which one will be created, and what may come instead. */
export function kindSentence(vm: Subject): string {
  const choice = kindOf(vm)
  if (choice.kind === null) return `No checkpoint can be created: ${choice.reason}.`
  if (choice.kind === 'offline') return 'An offline checkpoint: of the disks, as the VM is off.'
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
