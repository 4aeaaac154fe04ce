import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { follow } from '../follow.ts'

interface Options {
  readonly yes?: boolean
}

export async function run(context: Context, vmKey: string, { yes = false }: Options): Promise<void> {
  const client = await context.client()
  const vm = await client.showVm(vmKey)
  if (!yes) {
    const checkpoints = vm.checkpointCount === 1 ? '1 checkpoint' : `${vm.checkpointCount} checkpoints`
    const loss = `Removing VM "${vm.name}" deletes its disks and ${checkpoints}; images that it uses in place stay.`
    await confirm(context, loss, 'Remove it?')
  }
  await follow(context, client, await client.removeVm(vm.id, { confirm: true }))
  context.say(`Removed VM "${vm.name}".`)
}
