import { checkpointViewSchema } from '../../contract/checkpoint.ts'
import { reportCheckpoint } from '../checkpoint-text.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'

interface Options {
  readonly name?: string
  readonly notes?: string
}

export async function run(context: Context, vm: string, options: Options): Promise<void> {
  const client = await context.client()
  const { name, notes } = options
  const task = await follow(context, client, await client.createCheckpoint(vm, { name, notes }))
  reportCheckpoint(context, resultOf(checkpointViewSchema, task))
}
