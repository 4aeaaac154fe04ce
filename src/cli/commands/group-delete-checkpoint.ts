import { groupDeleteResultSchema } from '../../contract/group.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'
import { vmNames } from '../group-text.ts'

export async function run(
  context: Context,
  groupKey: string,
  checkpointKey: string,
  { yes = false }: { readonly yes?: boolean },
): Promise<void> {
  const client = await context.client()
  const set = await client.showGroupCheckpoint(groupKey, checkpointKey)
  if (!yes) {
    const loss = `Deleting "${set.name}": ${vmNames(set.checkpoints)} cannot be put back there any more. Their current state stays.`
    await confirm(context, loss, 'Delete?')
  }
  const started = await client.deleteGroupCheckpoint(set.groupId, set.setId)
  const { deleted } = resultOf(groupDeleteResultSchema, await follow(context, client, started))
  context.say(`Deleted "${set.name}" of ${vmNames(deleted)}.`)
}
