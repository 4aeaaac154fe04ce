import type { Context } from '../context.ts'
import { localTime } from '../format.ts'
import { setTable } from '../group-text.ts'
import { labelled } from '../table.ts'

export async function run(context: Context, groupKey: string): Promise<void> {
  const client = await context.client()
  const group = await client.showGroup(groupKey)
  context.document(group)
  if (context.isJson) return
  context.say(
    labelled([
      ['Name', group.name],
      ['Id', group.id],
      ['Created', localTime(group.createdAt)],
      ['VMs', group.members.map(({ vmName, state }, index) => `${index + 1}. ${vmName} (${state})`)],
    ]),
  )
  const sets = await client.listGroupCheckpoints(group.id)
  if (sets.length > 0) context.say(`\n${setTable(context, sets)}`)
}
