import type { Context } from '../context.ts'

export async function run(context: Context, groupKey: string): Promise<void> {
  const client = await context.client()
  const group = await client.showGroup(groupKey)
  await client.deleteGroup(group.id)
  context.document(group)
  context.say(`Deleted group "${group.name}". Its VMs keep their checkpoints.`)
}
