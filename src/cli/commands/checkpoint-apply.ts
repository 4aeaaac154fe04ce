import { type ApplyOptions, chosen, reportApplied } from '../apply.ts'
import type { Context } from '../context.ts'
import { follow } from '../follow.ts'
import { confirmingRisks, reportRisksOfApply } from '../risks.ts'

export async function run(
  context: Context,
  vmKey: string,
  checkpointKey: string,
  options: ApplyOptions,
): Promise<void> {
  const client = await context.client()
  const checkpoint = await client.showCheckpoint(vmKey, checkpointKey)
  const vm = await client.showVm(checkpoint.vmId)
  const request = await chosen(context, vm, checkpoint, options)
  const task = await confirmingRisks(context, options.acceptRisk ?? false, async (confirmGuards) =>
    follow(
      context,
      client,
      await client.applyCheckpoint(vm.id, checkpoint.id, { ...request, confirmGuards }),
    ),
  )
  reportApplied(context, vm, task)
  await reportRisksOfApply(context, client, vm.id)
}
