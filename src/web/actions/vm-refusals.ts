import type { VmRow, VmView } from '../../contract/vm.ts'
import { refusalOf, type VmAction } from '../../vm/power.ts'

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
  if (others.length === 0) return sentence(rowRefusal(deed, first) ?? viewRefusal(deed, view))
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
function viewRefusal(deed: VmDeed, view: VmView | null): string | null {
  if (deed !== 'checkpoint' && deed !== 'revert' && deed !== 'undo') return null
  if (view === null) return deed === 'checkpoint' ? null : 'the VM is still being read'
  if (deed === 'checkpoint') {
    return view.settings.checkpointPolicy === 'Disabled'
      ? 'checkpoints are disabled for this VM; its settings can enable them'
      : null
  }
  if (deed === 'revert') {
    return view.nowParentId === null ? 'the VM has no checkpoint that it could be put back to' : null
  }
  return view.undo === null
    ? 'there is nothing to undo: no apply has discarded a state that is still kept'
    : null
}

function sentence(reason: string | null): string | null {
  if (reason === null) return null
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? '' : '.'}`
}
