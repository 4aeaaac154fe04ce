import { StillpointError } from '../../core/error.ts'
import { rebuildInventory } from '../../inventory/rebuild.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

type SystemServices = Pick<Services, 'tasks' | 'events' | 'log' | 'health' | 'rebuildInventory'>

export function systemServices({ machines, groups, tasks, health, recover }: ServiceContext): SystemServices {
  const { inventory, events, log, folders } = machines.deps
  return {
    tasks,
    events,
    log,
    health,

    async rebuildInventory() {
      if (machines.unsettled.size > 0) {
        const [reason] = machines.unsettled.values()
        throw new StillpointError(
          'vm_unsettled',
          `The inventory cannot be rebuilt while a VM is not in order: ${reason}`,
        )
      }
      if (tasks.running().length > 0) {
        throw new StillpointError(
          'vm_state',
          'The inventory cannot be rebuilt while a task runs; wait for it or cancel it.',
        )
      }
      const rebuilt = await rebuildInventory(inventory, folders)
      const result = { ...rebuilt, problems: [...rebuilt.problems, ...(await groups.rebuild())] }
      machines.disconnectAll()
      await recover()
      return result
    },
  }
}
