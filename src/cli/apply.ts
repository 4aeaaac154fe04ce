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
  return choose<ApplyCheckpoint>(context, `${back} Its current state is lost unless a checkpoint holds it.`, [
    { label: 'Create checkpoint and apply', value: { checkpointFirst: true, confirm: true } },
    { label: 'Apply', value: { checkpointFirst: false, confirm: true } },
    { label: 'Cancel', value: null },
  ])
}

export function reportApplied(context: Context, vm: VmView, task: TaskView): void {
  const { checkpoint, created, state, outageMs, clock, memory } = resultOf(applyResultSchema, task)
  if (created) reportCheckpoint(context, created, 'First created')
  const outage = outageMs === null ? '' : ` It was away for ${milliseconds(outageMs)}.`
  const now = state === 'running' ? 'it runs' : 'it is off'
  context.say(`Applied "${checkpoint.name}" to VM "${vm.name}"; ${now}.${outage}`)
  if (state === 'off')
    context.say(`Start it with: stillpoint vm start ${/^[\w.-]+$/.test(vm.name) ? vm.name : vm.id}`)
  if (memory?.reason) warn(context, `all of its memory was loaded before it could run: ${memory.reason}`)
  if (clock === 'set') context.say("The guest's clock was set to the time now.")
  else if (clock === 'off') context.say("The guest's clock was left as it was in the checkpoint.")
  else if (clock !== null) warn(context, `the guest's clock shows the checkpoint's time: ${clock}`)
}
