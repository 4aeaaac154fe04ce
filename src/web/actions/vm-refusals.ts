import type { VmRow, VmView } from '../../contract/vm.ts'
import { refusalOf, type VmAction } from '../../vm/power.ts'
import { sentenceOf } from '../ui/words.ts'
import { createRefusal } from './checkpoint-kind.ts'

export type VmDeed =
  | 'connect'
  | 'start'
  | 'shut-down'
  | 'turn-off'
  | 'pause'
  | 'resume'
  | 'checkpoint'
  | 'revert'
  | 'undo'
  | 'settings'
  | 'rename'
  | 'details'
  | 'remove'

/** What the daemon refuses by the state; the others are of the console, or have reasons of their own. */
const byPower: Partial<Record<VmDeed, VmAction>> = {
  start: 'start',
  'shut-down': 'stop',
  'turn-off': 'stop',
  pause: 'pause',
  resume: 'resume',
  checkpoint: 'checkpoint',
  revert: 'apply',
  undo: 'apply',
  remove: 'remove',
}

/** What a VM that is broken cannot do: its state in between is not known, so that stopping it is left to the daemon. */
const needsWhole: ReadonlySet<VmDeed> = new Set(['connect', 'start', 'pause', 'resume', 'checkpoint'])

/** Asked twice, it would wait for the first to end and be refused then. */
const titles: Partial<Record<VmDeed, string>> = {
  start: 'Starting',
  'shut-down': 'Stopping',
  pause: 'Pausing',
  resume: 'Resuming',
  remove: 'Removing',
}

const ofOneOnly: ReadonlySet<VmDeed> = new Set(['connect', 'revert', 'undo', 'rename', 'details'])

/**
 * Why a deed is not possible for the chosen VMs, as a sentence; null: it is possible for all of them. `view` is that of
 * the one VM that is chosen, when it was read.
 */
export function refusalOfAll(deed: VmDeed, rows: readonly VmRow[], view: VmView | null): string | null {
  const [first, ...others] = rows
  if (!first) return 'Choose a virtual machine first.'
  if (others.length === 0) return sentence(rowRefusal(deed, first) ?? viewRefusal(deed, first, view))
  if (ofOneOnly.has(deed)) return 'This is for one virtual machine at a time; several are chosen.'
  for (const row of rows) {
    const refusal = rowRefusal(deed, row)
    if (refusal !== null) return `${row.name}: ${sentence(refusal)}`
  }
  return null
}

function rowRefusal(deed: VmDeed, { state, status, display, brokenReason }: VmRow): string | null {
  const title = titles[deed]
  if (title !== undefined && status?.startsWith(title)) return `this is under way: ${status}`
  if (state === 'broken') {
    return needsWhole.has(deed)
      ? `the VM is broken: ${brokenReason ?? 'one of its files cannot be used'}`
      : null
  }
  if (deed === 'connect') {
    if (display === 'none') return 'the VM has no display; its settings can give it one while it is off'
    return state === 'off' ? 'the VM is off; start it to see its screen' : null
  }
  const action = byPower[deed]
  return action === undefined ? null : refusalOf(action, state)
}

/** What only the whole view of a VM tells. */
function viewRefusal(deed: VmDeed, { state, checkpointCount }: VmRow, view: VmView | null): string | null {
  if (deed !== 'checkpoint' && deed !== 'revert' && deed !== 'undo') return null
  if (view === null) return deed === 'checkpoint' ? null : 'the VM is still being read'
  const { settings, nowParentId, undo } = view
  if (deed === 'checkpoint') return createRefusal({ state, checkpointCount, settings })
  if (deed === 'revert')
    return nowParentId === null ? 'the VM has no checkpoint that it could be put back to' : null
  if (undo !== null) return null
  return settings.undoHours === 0
    ? 'there is nothing to undo: the undo time of this VM is 0 hours, so that nothing is kept'
    : 'there is nothing to undo: no apply has discarded a state that is still kept'
}

/** By the state alone. A broken VM can be stopped, put back and removed, as far as the page knows. */
export function stateRefusal(action: VmAction, state: VmRow['state']): string | null {
  return state === 'broken' ? null : refusalOf(action, state)
}

function sentence(reason: string | null): string | null {
  return reason === null ? null : sentenceOf(reason)
}
