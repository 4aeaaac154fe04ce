import type { VmId } from '../../core/ids.ts'
import type { Machines } from '../../machine/machines.ts'

/**
 * Runs `body` when it is the turn of all these VMs. They are taken in the order of their ids, whatever the order of the
 * group: so two groups that share VMs never wait for each other in a circle. Errors: `vm_unsettled`, `vm_not_found`.
 */
export async function inTurns<T>(
  machines: Machines,
  vmIds: readonly VmId[],
  signal: AbortSignal,
  body: () => Promise<T>,
): Promise<T> {
  const [first, ...rest] = [...vmIds].sort()
  if (first === undefined) return await body()
  return await machines.turn(first, signal, () => inTurns(machines, rest, signal, body))
}
