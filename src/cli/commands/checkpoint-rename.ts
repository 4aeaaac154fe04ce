import type { Context } from '../context.ts'

export async function run(context: Context, vm: string, checkpointKey: string, name: string): Promise<void> {
  const checkpoint = await (await context.client()).updateCheckpoint(vm, checkpointKey, { name })
  context.document(checkpoint)
  context.say(`Renamed it to "${checkpoint.name}".`)
}
