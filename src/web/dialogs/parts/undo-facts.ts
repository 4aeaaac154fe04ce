import type { DiscardedView } from '../../../contract/discarded.ts'
import type { VmView } from '../../../contract/vm.ts'
import { limits } from '../../../vm/config.ts'
import { bytes, dateAndTime } from '../../ui/format.ts'
import type { Fact } from './facts.tsx'
import { offWords, undoWords, when } from './state-words.ts'

/** By what a state was discarded. */
export function causeOf({ cause, applied }: DiscardedView): string {
  return cause === 'undo' ? 'an undo' : `applying “${applied}”`
}

/** What bringing a discarded state back does. `isBeingKept`: its memory is still being saved. */
export function undoFacts(vm: VmView, state: DiscardedView, isBeingKept: boolean, nowMs: number): Fact[] {
  return [
    { label: 'Brings back', text: `${when(state.discardedAt, nowMs)}, discarded by ${causeOf(state)}.` },
    { label: 'Afterwards', text: afterwards(vm, state, isBeingKept) },
    makesRoom(vm, nowMs),
    { label: 'Kept until', text: `${dateAndTime(state.expiresAt)}${sizes(state)}` },
  ]
}

function afterwards(vm: VmView, state: DiscardedView, isBeingKept: boolean): string {
  if (state.consistency === 'exact-memory') {
    return state.powerState === 'paused'
      ? 'The VM is paused at that exact instant.'
      : 'The VM runs on from that exact instant.'
  }
  if (isBeingKept)
    return 'Its memory is still being saved; after that the VM goes on from that exact instant.'
  const lost = state.powerState === 'off' ? '' : 'Its memory was not kept. '
  return `${lost}${offWords(vm.state, state.consistency)}`
}

function makesRoom({ settings: { undoHours } }: VmView, nowMs: number): Fact {
  if (undoHours === 0) {
    return {
      label: 'Discards',
      text: 'The current state, for good: the undo time of this VM is 0 hours.',
      isWarning: true,
    }
  }
  const back = undoWords(undoHours, limits.discardedStates.max, nowMs)
  return { label: 'Discards', text: `The current state, which is kept in turn ${back}` }
}

function sizes({ diskBytes, memoryBytes }: DiscardedView): string {
  const parts = [
    ...(diskBytes === null ? [] : [`${bytes(diskBytes)} of disks`]),
    ...(memoryBytes === null ? [] : [`${bytes(memoryBytes)} of memory`]),
  ]
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
