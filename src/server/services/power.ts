import { startWithAutomatic } from '../../checkpoint/automatic.ts'
import { pauseVm, resumeVm, stopVm } from '../../machine/power.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

type PowerServices = Pick<Services, 'startVm' | 'stopVm' | 'pauseVm' | 'resumeVm'>

export function powerServices({ machines, settler, start, view }: ServiceContext): PowerServices {
  const { inventory } = machines.deps
  return {
    startVm(vm) {
      const document = inventory.find(vm)
      return start(document, 'vm.start', 'Starting', async (context) => {
        await startWithAutomatic(machines, document.id, context, context.signal).finally(() =>
          settler.kick(document.id),
        )
        return await view(inventory.get(document.id))
      })
    },

    stopVm(vm, options) {
      const document = inventory.find(vm)
      return start(document, 'vm.stop', 'Stopping', async (context) => {
        await stopVm(machines, document.id, options, context, context.signal)
        return await view(inventory.get(document.id))
      })
    },

    pauseVm(vm) {
      const document = inventory.find(vm)
      return start(document, 'vm.pause', 'Pausing', async (context) => {
        await pauseVm(machines, document.id, context.signal)
        return await view(inventory.get(document.id))
      })
    },

    resumeVm(vm) {
      const document = inventory.find(vm)
      return start(document, 'vm.resume', 'Resuming', async (context) => {
        await resumeVm(machines, document.id, context.signal)
        return await view(inventory.get(document.id))
      })
    },
  }
}
