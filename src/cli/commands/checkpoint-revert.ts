import { type ApplyOptions, chosen, reportApplied } from '../apply.ts'
import type { Context } from '../context.ts'
import { follow } from '../follow.ts'
import { confirmingRisks, reportRisksOfApply } from '../risks.ts'

export async function run(context: Context, vmKey: string, options: ApplyOptions): Promise<void> {
  const client = await context.client()
  const vm = await client.showVm(vmKey)
  // Without a checkpoint to go back to, the daemon says so.
  const target = vm.nowParentId === null ? null : await client.showCheckpoint(vm.id, vm.nowParentId)
  const request = target
    ? await chosen(context, vm, target, options)
    : { checkpointFirst: false, confirm: true }
  const task = await confirmingRisks(context, options.acceptRisk ?? false, async (confirmGuards) =>
    follow(context, client, await client.revertVm(vm.id, { ...request, confirmGuards })),
  )
  reportApplied(context, vm, task)
  await reportRisksOfApply(context, client, vm.id)
}
