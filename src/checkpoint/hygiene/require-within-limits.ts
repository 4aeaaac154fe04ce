import type { VmId } from '../../core/ids.ts'
import type { Machines } from '../../machine/machines.ts'
import { limitError, reachedLimit } from './limits.ts'
import { usageOf } from './usage.ts'

/** Refuses one more checkpoint of the VM where its settings do. Error: `limit_reached`. */
export async function requireWithinLimits(machines: Machines, vmId: VmId): Promise<void> {
  const document = machines.deps.inventory.get(vmId)
  const reached = reachedLimit(document, await usageOf(document))
  if (reached) throw limitError(document, reached)
}
