import { vmViewSchema } from '../../contract/vm.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'
import { bytes } from '../format.ts'

export async function run(context: Context, vmKey: string, disk: string, sizeBytes: number): Promise<void> {
  const client = await context.client()
  const started = await client.growDisk(vmKey, disk, { sizeBytes })
  const vm = resultOf(vmViewSchema, await follow(context, client, started))
  const grown = vm.disks.find(({ id }) => id === disk)
  context.say(`Grew ${disk} of VM "${vm.name}" to ${bytes(grown?.virtualSizeBytes ?? null)}.`)
}
