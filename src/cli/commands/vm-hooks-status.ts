import type { Context } from '../context.ts'
import { reportHooks } from '../hooks-text.ts'

export async function run(context: Context, vm: string): Promise<void> {
  const state = await (await context.client()).showHooks(vm)
  context.document(state)
  reportHooks(context, vm, state)
}
