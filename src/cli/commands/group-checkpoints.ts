import type { Context } from '../context.ts'
import { setTable } from '../group-text.ts'

export async function run(context: Context, group: string): Promise<void> {
  const sets = await (await context.client()).listGroupCheckpoints(group)
  context.document(sets)
  context.say(sets.length === 0 ? `Group "${group}" has no checkpoints.` : setTable(context, sets))
}
