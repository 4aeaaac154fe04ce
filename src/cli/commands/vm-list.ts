import type { VmView } from '../../contract/vm.ts'
import { MIB } from '../../core/units.ts'
import type { Context } from '../context.ts'
import { bytes, uptime } from '../format.ts'
import { table } from '../table.ts'
import { paintedState } from '../vm-state.ts'

const head = ['NAME', 'STATE', 'MEMORY', 'CPUS', 'UPTIME', 'CHECKPOINTS', 'STATUS']

export async function run(context: Context): Promise<void> {
  const vms = await (await context.client()).listVms()
  context.document(vms)
  if (vms.length === 0) {
    context.say('There are no VMs yet; `stillpoint vm create NAME` makes one.')
    return
  }
  const now = context.system.now()
  const row = (vm: VmView) => [
    vm.name,
    paintedState(context, vm.state),
    bytes(vm.memoryMiB * MIB),
    String(vm.cpus),
    uptime(vm.startedAt, now),
    String(vm.checkpointCount),
    vm.status ?? '',
  ]
  context.say(table(head, vms.map(row), context.system.stdout))
}
