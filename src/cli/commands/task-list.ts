import type { Context } from '../context.ts'
import { age, nothing } from '../format.ts'
import { table } from '../table.ts'

interface Options {
  readonly vm?: string
  readonly limit?: number
}

const head = ['TASK', 'STATE', 'DONE', 'AGE', 'ID', 'VM']

export async function run(context: Context, { vm, limit }: Options): Promise<void> {
  const tasks = await (await context.client()).listTasks({ vm, limit })
  context.document(tasks)
  if (tasks.length === 0) {
    context.say('There are no tasks.')
    return
  }
  const now = context.system.now()
  const rows = tasks.map((task) => [
    task.title,
    task.state,
    `${Math.floor(task.percent)}%`,
    age(task.createdAt, now),
    task.id,
    task.vmName ?? nothing,
  ])
  context.say(table(head, rows, context.system.stdout))
}
