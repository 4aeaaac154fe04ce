import { z } from 'zod'

/** What the QEMU process of a VM uses of its host. */
export const vmUsageSchema = z.object({
  vmId: z.string(),
  /** Of all processors of the VM, 0 to 100, since somebody asked before; null when nobody did within a minute. */
  cpuPercent: z.number().nullable(),
  memoryBytes: z.int(),
})
export type VmUsage = z.infer<typeof vmUsageSchema>

/** VMs that are asked about at once. */
export const mostUsages = 200
