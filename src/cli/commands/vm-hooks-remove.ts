import type { Context } from '../context.ts'
import { follow } from '../follow.ts'

export async function run(context: Context, vm: string): Promise<void> {
  const client = await context.client()
  const task = await follow(context, client, await client.removeHooks(vm))
  context.say(`The guest of VM "${task.vmName ?? vm}" has no hooks of Stillpoint any more.`)
}
