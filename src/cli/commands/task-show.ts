import type { Context } from '../context.ts'
import { localTime, nothing, plain } from '../format.ts'
import { labelled } from '../table.ts'

export async function run(context: Context, id: string): Promise<void> {
  const task = await (await context.client()).showTask(id)
  context.document(task)
  const log = task.log.map(({ at, message }) => `${localTime(at)}  ${plain(message)}`)
  context.say(
    labelled([
      ['Task', task.title],
      ['Id', task.id],
      ['VM', task.vmName ?? nothing],
      ['State', `${task.state} (${Math.floor(task.percent)}%)`],
      ['Error', task.error ? `${task.error.code}: ${plain(task.error.message)}` : nothing],
      ['Started', task.startedAt ? localTime(task.startedAt) : nothing],
      ['Ended', task.endedAt ? localTime(task.endedAt) : nothing],
      ['Log', log.length === 0 ? nothing : log],
    ]),
  )
}
