import type { Context } from '../context.ts'
import { follow } from '../follow.ts'

export async function run(context: Context, vm: string): Promise<void> {
  const client = await context.client()
  const started = await client.mergeVm(vm)
  if (started === null) {
    context.document(null)
    context.say('No merge waits.')
    return
  }
  await follow(context, client, started)
  context.say('Merged all that waited.')
}
