import { groupCheckpointResultSchema } from '../../contract/group.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'
import { milliseconds } from '../format.ts'
import { reportSet } from '../group-text.ts'
import { confirmingRisks } from '../risks.ts'

interface Options {
  readonly name?: string
  readonly notes?: string
  readonly acceptRisk?: boolean
}

export async function run(context: Context, group: string, options: Options): Promise<void> {
  const client = await context.client()
  const { name, notes } = options
  const task = await confirmingRisks(context, options.acceptRisk ?? false, async (confirmGuards) =>
    follow(context, client, await client.createGroupCheckpoint(group, { name, notes, confirmGuards })),
  )
  const { checkpoint, spanMs } = resultOf(groupCheckpointResultSchema, task)
  reportSet(context, checkpoint, 'Created')
  if (spanMs !== null)
    context.say(
      `All of it took ${milliseconds(spanMs)} from the first guest's stop to the last one going on.`,
    )
}
