import { type NewDisk, vmViewSchema } from '../../contract/vm.ts'
import { StillpointError } from '../../core/error.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'
import { bytes } from '../format.ts'

interface Options {
  readonly disk?: NewDisk
  readonly diskSize?: NewDisk
}

export async function run(context: Context, vmKey: string, { disk, diskSize }: Options): Promise<void> {
  const wanted = disk ?? diskSize
  if (wanted === undefined || (disk && diskSize)) {
    throw new StillpointError(
      'invalid_request',
      'Name one disk: an image with --disk, or an empty one with --disk-size.',
    )
  }
  const client = await context.client()
  const vm = resultOf(vmViewSchema, await follow(context, client, await client.addDisk(vmKey, wanted)))
  const added = vm.disks.at(-1)
  context.say(`Added ${added?.id} (${bytes(added?.virtualSizeBytes ?? null)}) to VM "${vm.name}".`)
}
