import type { Context } from '../context.ts'
import { follow } from '../follow.ts'

interface Options {
  readonly force?: boolean
  readonly timeout?: number
}

export async function run(context: Context, vm: string, { force = false, timeout }: Options): Promise<void> {
  const client = await context.client()
  const patience = timeout === undefined ? {} : { timeoutSeconds: timeout }
  const task = await follow(context, client, await client.stopVm(vm, { force, ...patience }))
  context.say(`VM "${task.vmName ?? vm}" is off.`)
}
