import type { Context } from '../context.ts'
import { vmNames } from '../group-text.ts'
import { table } from '../table.ts'

export async function run(context: Context): Promise<void> {
  const groups = await (await context.client()).listGroups()
  context.document(groups)
  if (groups.length === 0) {
    context.say('There are no groups yet; `stillpoint group create NAME VM...` makes one.')
    return
  }
  const rows = groups.map((group) => [
    group.name,
    vmNames(group.members),
    String(group.checkpointCount),
    group.id,
  ])
  context.say(table(['NAME', 'VMS', 'CHECKPOINTS', 'ID'], rows, context.system.stdout))
}
