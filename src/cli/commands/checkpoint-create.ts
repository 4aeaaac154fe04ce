import { checkpointViewSchema } from '../../contract/checkpoint.ts'
import { reportCheckpoint } from '../checkpoint-text.ts'
import type { Context } from '../context.ts'
import { expiryTime } from '../expiry-time.ts'
import { follow, resultOf } from '../follow.ts'

interface Options {
  readonly name?: string
  readonly notes?: string
  readonly expires?: string
}

export async function run(context: Context, vm: string, options: Options): Promise<void> {
  const { name, notes, expires } = options
  const expiresAt = expires === undefined ? undefined : expiryTime(expires, context.system.now())
  const client = await context.client()
  const task = await follow(context, client, await client.createCheckpoint(vm, { name, notes, expiresAt }))
  reportCheckpoint(context, resultOf(checkpointViewSchema, task))
}
