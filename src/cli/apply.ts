import { type ApplyCheckpoint, applyResultSchema, type CheckpointView } from '../contract/checkpoint.ts'
import type { TaskView } from '../contract/task.ts'
import type { VmView } from '../contract/vm.ts'
import { reportCheckpoint, warn } from './checkpoint-text.ts'
import { choose, confirm } from './confirm.ts'
import type { Context } from './context.ts'
import { resultOf } from './follow.ts'
import { localTime, milliseconds } from './format.ts'

export interface ApplyOptions {
  readonly checkpointFirst?: boolean
  readonly yes?: boolean
  readonly acceptRisk?: boolean
}

/** What to ask the daemon for, once the user has chosen. Errors: as `confirm`. */
export async function chosen(
  context: Context,
  vm: VmView,
  checkpoint: CheckpointView,
  { checkpointFirst = false, yes = false }: ApplyOptions,
): Promise<ApplyCheckpoint> {
  if (yes) return { checkpointFirst, confirm: true }
  const back = `Applying "${checkpoint.name}" puts VM "${vm.name}" back to ${localTime(checkpoint.createdAt)}.`
  if (checkpointFirst) {
    await confirm(context, `${back} A checkpoint of its current state is created first.`, 'Go on?')
    return { checkpointFirst, confirm: true }
  }
  return choose<ApplyCheckpoint>(context, `${back} ${lossOf(vm)}`, [
    { label: 'Create checkpoint and apply', value: { checkpointFirst: true, confirm: true } },
    { label: 'Apply', value: { checkpointFirst: false, confirm: true } },
    { label: 'Cancel', value: null },
  ])
}

/** What becomes of the state that an apply puts an end to. */
export function lossOf({ settings: { undoHours } }: VmView): string {
  if (undoHours === 0) return 'Its current state is lost unless a checkpoint holds it.'
  return `Its current state can be brought back for ${hoursText(undoHours)}.`
}

/** The same of several VMs, of which some may keep nothing. */
export function lossOfSeveral(vms: readonly VmView[]): string {
  const losing = vms.filter(({ settings }) => settings.undoHours === 0)
  const keeping = vms.filter(({ settings }) => settings.undoHours > 0)
  const shortest = Math.min(...keeping.map(({ settings }) => settings.undoHours))
  const lost = 'is lost unless checkpoints hold it'
  if (keeping.length === 0) return `Their current state ${lost}.`
  const kept = `Their current state can be brought back for ${hoursText(shortest)}, of each VM by itself`
  return losing.length === 0
    ? `${kept}.`
    : `${kept}; that of ${losing.map(({ name }) => name).join(', ')} ${lost}.`
}

const hoursText = (hours: number) => (hours === 1 ? 'one hour' : `${hours} hours`)

export function reportApplied(context: Context, vm: VmView, task: TaskView, done = 'Applied'): void {
  const { checkpoint, created, state, outageMs, clock, memory, undo } = resultOf(applyResultSchema, task)
  if (created) reportCheckpoint(context, created, 'First created')
  const outage = outageMs === null ? '' : ` It was away for ${milliseconds(outageMs)}.`
  const now = state === 'running' ? 'it runs' : `it is ${state}`
  context.say(`${done} "${checkpoint.name}" to VM "${vm.name}"; ${now}.${outage}`)
  const key = /^[\w.-]+$/.test(vm.name) ? vm.name : vm.id
  if (state === 'off') context.say(`Start it with: stillpoint vm start ${key}`)
  if (memory?.reason) warn(context, `all of its memory was loaded before it could run: ${memory.reason}`)
  if (clock === 'set') context.say("The guest's clock was set to the time now.")
  else if (clock === 'off') context.say("The guest's clock was left as it was in the checkpoint.")
  else if (clock !== null) warn(context, `the guest's clock shows the checkpoint's time: ${clock}`)
  if (undo) {
    // Without an id an undo goes further back, not forth again.
    const state = done === 'Applied' ? '' : ` ${undo.stateId}`
    context.say(
      `Until ${localTime(undo.expiresAt)} this can be undone: stillpoint checkpoint undo ${key}${state}`,
    )
  }
}
