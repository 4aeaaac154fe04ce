import type { VmRow } from '../../contract/vm.ts'

export const stateWords: Readonly<Record<VmRow['state'], string>> = {
  running: 'Running',
  off: 'Off',
  paused: 'Paused',
  stuck: 'Stuck',
  broken: 'Broken',
}

export interface Status {
  readonly text: string
  /** Of what is being done; null: nothing is, or it is not known. */
  readonly percent: number | null
  readonly isProblem: boolean
}

/** What the status column says of a VM; null: nothing. */
export function statusOf({ status, state, brokenReason, waitingMerges }: VmRow): Status | null {
  if (status !== null) {
    const percent = /(\d+)%/.exec(status)?.[1]
    return { text: status, percent: percent === undefined ? null : Number(percent), isProblem: false }
  }
  if (brokenReason !== null) return { text: brokenReason, percent: null, isProblem: true }
  if (state === 'stuck') {
    return { text: 'The guest has stopped on an error', percent: null, isProblem: true }
  }
  if (waitingMerges === 0) return null
  const text = waitingMerges === 1 ? '1 merge is waiting' : `${waitingMerges} merges are waiting`
  return { text, percent: null, isProblem: false }
}
