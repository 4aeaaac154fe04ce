import { deleteResultSchema } from '../../contract/checkpoint.ts'
import { countBelow } from '../checkpoint-tree.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'

interface Options {
  readonly subtree?: boolean
  readonly yes?: boolean
}

export async function run(
  context: Context,
  vm: string,
  checkpointKey: string,
  { subtree = false, yes = false }: Options,
): Promise<void> {
  const client = await context.client()
  const checkpoint = await client.showCheckpoint(vm, checkpointKey)
  if (!yes) {
    const below = subtree ? countBelow(await client.listCheckpoints(checkpoint.vmId), checkpoint.id) : 0
    const others = below === 0 ? '' : ` and the ${below === 1 ? 'one' : below} below it`
    const loss = `Deleting "${checkpoint.name}"${others}: the VM cannot be put back there any more. Its current state stays.`
    await confirm(context, loss, 'Delete?')
  }
  const started = await client.deleteCheckpoint(checkpoint.vmId, checkpoint.id, { subtree })
  const { deleted, mergeTaskId } = resultOf(deleteResultSchema, await follow(context, client, started))
  for (const { name, id } of deleted) context.say(`Deleted "${name}" (${id}).`)
  if (mergeTaskId !== null) {
    context.say(`What is left is merged in the background: \`stillpoint task watch ${mergeTaskId}\`.`)
  }
}
