import { groupApplyResultSchema } from '../../contract/group.ts'
import { lossOfSeveral } from '../apply.ts'
import { warn } from '../checkpoint-text.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'
import { localTime, milliseconds } from '../format.ts'
import { reportSet, vmNames } from '../group-text.ts'
import { confirmingRisks } from '../risks.ts'

interface Options {
  readonly order?: string[]
  readonly partial?: boolean
  readonly checkpointFirst?: boolean
  readonly yes?: boolean
  readonly acceptRisk?: boolean
}

export async function run(
  context: Context,
  groupKey: string,
  checkpointKey: string,
  { order = [], partial = false, checkpointFirst = false, yes = false, acceptRisk = false }: Options,
): Promise<void> {
  const client = await context.client()
  const set = await client.showGroupCheckpoint(groupKey, checkpointKey)
  const vms = (await client.listVms()).filter(({ id }) => set.checkpoints.some(({ vmId }) => vmId === id))
  if (!yes && (set.missing.length === 0 || partial)) {
    const back = `Applying "${set.name}" puts ${vmNames(set.checkpoints)} back to ${localTime(set.createdAt)}.`
    const loss = checkpointFirst
      ? 'A checkpoint of their current state is created first.'
      : lossOfSeveral(vms)
    await confirm(context, `${back} ${loss}`, 'Go on?')
  }
  const request = { order, partial, checkpointFirst, confirm: true }
  const task = await confirmingRisks(context, acceptRisk, async (confirmGuards) =>
    follow(context, client, await client.applyGroup(set.groupId, set.setId, { ...request, confirmGuards })),
  )
  const { created, applied } = resultOf(groupApplyResultSchema, task)
  if (created) reportSet(context, created, 'First created')
  context.say(`Applied "${set.name}" to group "${set.groupName}".`)
  for (const { vmName, state, outageMs } of applied) {
    const away = outageMs === null ? '' : `; it was away for ${milliseconds(outageMs)}`
    context.say(`  ${vmName}: ${state === 'running' ? 'runs' : 'is off'}${away}`)
  }
  if (!checkpointFirst && vms.some(({ settings }) => settings.undoHours > 0)) {
    context.say('What was discarded of a VM can be brought back with: stillpoint checkpoint undo VM')
  }
  for (const { vmName, clock, memory } of applied) {
    if (memory?.reason)
      warn(context, `${vmName}: all of its memory was loaded before it could run: ${memory.reason}`)
    if (clock !== null && clock !== 'set' && clock !== 'off')
      warn(context, `${vmName}: its clock shows the checkpoint's time: ${clock}`)
  }
}
