import { StillpointError } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import type { Machines } from '../machine/machines.ts'

/** The error to tell when the VM ended while a checkpoint of it was being made, whatever else failed by that; else null. */
export async function endedMeanwhile(
  machines: Machines,
  vmId: VmId,
  cause: unknown,
): Promise<StillpointError | null> {
  const instance = await machines.living(vmId).catch(() => undefined) // one that does not answer has not ended
  if (instance !== null) return null
  const { name } = machines.deps.inventory.get(vmId)
  return new StillpointError(
    'hypervisor_gone',
    `VM "${name}" ended while a checkpoint of it was being made; there is none, and the VM can be started again.`,
    { cause },
  )
}
