import type { VolumeView } from '../../contract/storage.ts'
import type { Context } from '../context.ts'
import { nothing, uptime } from '../format.ts'
import { volumeLine } from '../storage-text.ts'
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
      ['Console', health.console?.url ?? nothing],
      ['VMs', String(health.vms)],
      ['Storage', storageLines(context, health.volumes)],
    ]),
  )
}

function storageLines(context: Context, volumes: readonly VolumeView[]): string[] {
  if (volumes.length === 0) return [nothing]
  return volumes.map((volume) => volumeLine(context, volume, context.system.now()))
}
