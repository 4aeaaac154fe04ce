import type { VmUsage } from '../../contract/usage.ts'
import { asId, type VmId } from '../../core/ids.ts'
import { CpuMeter } from '../../machine/cpu-meter.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

export function usageServices({ machines }: ServiceContext): Pick<Services, 'usage'> {
  const { inventory, clock } = machines.deps
  const meter = new CpuMeter(() => clock.monotonicMs())

  function usageOf(vmId: VmId): VmUsage[] {
    const instance = machines.instance(vmId)
    const usage = inventory.has(vmId) ? instance?.usage() : null
    if (!instance || !usage) return []
    const { pid, processStart } = instance.identity
    const look = {
      process: `${pid} ${processStart}`,
      cpuMs: usage.cpuMs,
      cpus: inventory.get(vmId).hardware.cpus,
    }
    return [{ vmId, cpuPercent: meter.percent(vmId, look), memoryBytes: usage.memoryBytes }]
  }

  return { usage: (vmIds) => [...new Set(vmIds)].flatMap((vmId) => usageOf(asId<VmId>(vmId))) }
}
