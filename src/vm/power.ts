/** `stuck`: the process lives but its guest cannot run, e.g. after an I/O error or a guest panic. */
export type PowerState = 'off' | 'running' | 'paused' | 'stuck'

export const vmActions = [
  'start',
  'stop',
  'pause',
  'resume',
  'change-hardware',
  'grow-disk',
  'remove',
  'checkpoint',
  'apply',
  'delete-checkpoint',
] as const
export type VmAction = (typeof vmActions)[number]

const off = 'the VM is off'
const paused = 'the VM is paused'
const running = 'the VM is running'
const stuck = 'the guest has stopped on an error'

/**
 * Why an action is not possible in a state; no entry means that it is possible. The one table that the
 * daemon refuses by and the console greys out by.
 */
const refusals: Readonly<Record<VmAction, Partial<Record<PowerState, string>>>> = {
  start: { running: 'the VM is already running', paused: `${paused}; resume it instead`, stuck },
  stop: { off: 'the VM is already off' },
  pause: { off, paused: 'the VM is already paused', stuck },
  resume: { off, running: 'the VM is already running' },
  'change-hardware': { running, paused, stuck },
  'grow-disk': { stuck },
  remove: { running, paused, stuck },
  checkpoint: { stuck },
  apply: {},
  'delete-checkpoint': {},
}

/** The reason why `action` is refused in `state`, or null when it is possible. */
export function refusalOf(action: VmAction, state: PowerState): string | null {
  return refusals[action][state] ?? null
}
