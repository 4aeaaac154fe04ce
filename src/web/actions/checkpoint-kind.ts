import type { VmView } from '../../contract/vm.ts'
import { chooseKind, type KindChoice } from '../../vm/kind.ts'
import { refusalOf } from '../../vm/power.ts'

export type Subject = Pick<VmView, 'state' | 'settings' | 'checkpointCount'>

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
