import type { Context } from '../context.ts'
import { nothing, uptime } from '../format.ts'
import { labelled } from '../table.ts'

export async function run(context: Context): Promise<void> {
  const health = await context.clientOfRunning().health()
  context.document(health)
  context.say(
    labelled([
      ['Daemon', `runs, process ${health.pid}, for ${uptime(health.startedAt, context.system.now())}`],
      ['Version', health.version],
      ['Home', health.home],
      ['QEMU', health.qemuVersion ?? `${nothing} (not found)`],
      ['Accelerator', health.accelerator ?? nothing],
      ['VMs', String(health.vms)],
    ]),
  )
}
