import type { Context } from '../context.ts'

export async function run(context: Context, id: string): Promise<void> {
  const task = await (await context.client()).cancelTask(id)
  context.document(task)
  context.say(`Asked "${task.title}" to end; \`stillpoint task watch ${task.id}\` shows when it has.`)
}
