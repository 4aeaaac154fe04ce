import { vmViewSchema } from '../../contract/vm.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'

interface Options {
  readonly yes?: boolean
}

export async function run(
  context: Context,
  vmKey: string,
  disk: string,
  { yes = false }: Options,
): Promise<void> {
  const client = await context.client()
  const { name, disks } = await client.showVm(vmKey)
  const present = disks.find(({ id }) => id === disk)
  if (present && !yes) {
    const stays = present.linked ? ' The image that it uses in place stays as it is now.' : ''
    const loss = `Removing ${disk} of VM "${name}" discards what it holds now; checkpoints keep what they have of it.${stays}`
    await confirm(context, loss, 'Remove it?')
  }
  const started = await client.removeDisk(vmKey, disk, { confirm: true })
  const vm = resultOf(vmViewSchema, await follow(context, client, started))
  context.say(`Removed ${disk} of VM "${vm.name}".`)
}
