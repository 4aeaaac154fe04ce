import type { Context } from '../context.ts'
import { follow } from '../follow.ts'

export async function run(context: Context, id: string): Promise<void> {
  const client = await context.client()
  const task = await follow(context, client, await client.showTask(id), { isOwner: false })
  context.say(`${task.title}: ${task.state}.`)
}
