import type { CheckpointView } from '../../../contract/checkpoint.ts'
import type { DiscardedView } from '../../../contract/discarded.ts'
import type { VmView } from '../../../contract/vm.ts'
import type { CheckpointPolicy } from '../../../vm/config.ts'
import { chooseKind, type KindChoice } from '../../../vm/kind.ts'
import { refusalOf } from '../../../vm/power.ts'
import { dateAndTime, timeFromNow } from '../../ui/format.ts'

type Consistency = DiscardedView['consistency']

/** `Nov 20, 2026, 8:17:35 AM (3 hours ago)`. */
export function when(at: string, nowMs: number): string {
  return `${dateAndTime(at)} (${timeFromNow(at, nowMs)})`
}

/** How disks are that a VM boots from. */
export function diskWords(consistency: Consistency): string {
  if (consistency === 'crash') return 'It then boots from its disks as after a power failure.'
  const what = consistency === 'application' ? 'applications and file systems' : 'file systems'
  return `It then boots from its disks, with consistent ${what}.`
}

/** What a checkpoint holds. */
export function contentWords({ kind, record }: CheckpointView): string {
  if (kind === 'standard') return 'Standard checkpoint, with memory'
  const consistency: Readonly<Record<Consistency, string>> = {
    'exact-memory': 'exact',
    application: 'application consistent',
    'file-system': 'file-system consistent',
    crash: 'crash consistent',
  }
  return `${kind === 'production' ? 'Production' : 'Offline'} checkpoint, ${consistency[record.consistency]}`
}

/** Which kind would be made of the VM as it is, or why none. */
export function kindOf(state: VmView['state'], policy: CheckpointPolicy): KindChoice {
  const power = state === 'broken' ? 'off' : state
  const reason = refusalOf('checkpoint', power)
  return reason === null ? chooseKind(policy, power) : { kind: null, code: 'vm_state', reason }
}

/** How long what is discarded can be brought back, from now. */
export function undoWords(undoHours: number, most: number, nowMs: number): string {
  const until = dateAndTime(new Date(nowMs + undoHours * 3_600_000).toISOString())
  const hours = undoHours === 1 ? '1 hour' : `${undoHours} hours`
  return `Possible until ${until} (${hours}), as long as it is among the ${most} newest discarded states.`
}

export const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`
