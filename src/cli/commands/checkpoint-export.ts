import { exportResultSchema } from '../../contract/transfer.ts'
import type { Context } from '../context.ts'
import { folderArgument } from '../folder-argument.ts'
import { follow, resultOf } from '../follow.ts'
import { bytes } from '../format.ts'

interface Options {
  readonly chained?: boolean
  readonly memory: boolean
}

export async function run(
  context: Context,
  vm: string,
  checkpoint: string,
  folder: string,
  { chained = false, memory }: Options,
): Promise<void> {
  const client = await context.client()
  const started = await client.exportCheckpoint(vm, checkpoint, {
    folder: folderArgument(context, folder),
    layout: chained ? 'chained' : 'flattened',
    memory,
  })
  const result = resultOf(exportResultSchema, await follow(context, client, started))
  const parts = `${result.disks} disk${result.disks === 1 ? '' : 's'}${result.memory ? ' and the memory' : ''}`
  const reused = result.reusedBytes > 0 ? `, ${bytes(result.reusedBytes)} of it from before` : ''
  context.say(
    `Exported "${result.checkpoint.name}" of VM "${result.vm.name}" to ${result.folder}: ${parts}, ${bytes(result.sizeBytes)}${reused}.`,
  )
}
