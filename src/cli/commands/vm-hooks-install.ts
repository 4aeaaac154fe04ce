import { guestHooksSchema } from '../../contract/hooks.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'
import { reportHooks } from '../hooks-text.ts'

export async function run(context: Context, vm: string): Promise<void> {
  const client = await context.client()
  const task = await follow(context, client, await client.installHooks(vm))
  reportHooks(context, task.vmName ?? vm, resultOf(guestHooksSchema, task))
}
