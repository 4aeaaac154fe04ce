import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { plain } from '../format.ts'

interface Options {
  readonly yes?: boolean
}

export async function run(context: Context, { yes = false }: Options): Promise<void> {
  const client = await context.client()
  if (!yes) {
    const loss = "Rebuilding replaces the inventory by what the VMs' folders say."
    await confirm(context, loss, 'Rebuild it?')
  }
  const result = await client.rebuildInventory()
  context.document(result)
  for (const { name, id, checkpoints } of result.restored) {
    context.say(
      `Found VM "${name}" (${id}) with ${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}.`,
    )
  }
  if (result.restored.length === 0) context.say('Found no VMs.')
  for (const { folder, message } of result.problems) {
    context.remark(`warning: ${folder}: ${plain(message)}`)
  }
}
