import { importResultSchema } from '../../contract/transfer.ts'
import { warn } from '../checkpoint-text.ts'
import type { Context } from '../context.ts'
import { folderArgument } from '../folder-argument.ts'
import { follow, resultOf } from '../follow.ts'

interface Options {
  readonly name?: string
  readonly keepIdentity?: boolean
}

export async function run(
  context: Context,
  folder: string,
  { name, keepIdentity = false }: Options,
): Promise<void> {
  const client = await context.client()
  const started = await client.importVm({
    folder: folderArgument(context, folder),
    name,
    identity: keepIdentity ? 'keep' : 'new',
  })
  const { vm, checkpoint, warnings } = resultOf(importResultSchema, await follow(context, client, started))
  context.say(
    `Imported VM "${vm.name}" (${vm.id}) with the checkpoint "${checkpoint.name}" (${checkpoint.id}); it is off.`,
  )
  for (const warning of warnings) warn(context, warning)
}
