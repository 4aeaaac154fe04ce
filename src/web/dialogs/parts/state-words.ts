import type { DiscardedView } from '../../../contract/discarded.ts'
import type { VmView } from '../../../contract/vm.ts'
import { consistencyMeanings } from '../../checkpoints/words.ts'
import { dateAndTime, timeFromNow } from '../../ui/format.ts'

/** `Nov 20, 2026, 8:17:35 AM (3 hours ago)`. */
export function when(at: string, nowMs: number): string {
  return `${dateAndTime(at)} (${timeFromNow(at, nowMs)})`
}

/** What becomes of a VM that is put back to disks without memory. */
export function offWords(state: VmView['state'], consistency: DiscardedView['consistency']): string {
  const off = state === 'off' || state === 'broken' ? 'stays off' : 'is turned off at once and stays off'
  return `The VM ${off}. ${consistencyMeanings[consistency]}`
}

/** How long what is discarded can be brought back, from now; goes on a sentence. */
export function undoWords(undoHours: number, most: number, nowMs: number): string {
  const until = dateAndTime(new Date(nowMs + undoHours * 3_600_000).toISOString())
  const hours = undoHours === 1 ? '1 hour' : `${undoHours} hours`
  return `until ${until} (${hours}), as long as it is among the ${most} newest discarded states.`
}
