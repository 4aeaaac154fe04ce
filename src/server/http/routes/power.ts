import { stopVmSchema } from '../../../contract/vm.ts'
import type { Task } from '../../../task/task.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { taskStarted, vmParams } from '../schemas.ts'

const tags = ['vms']

export function registerPowerRoutes(api: Api, services: Services): void {
  api.post(
    '/vms/:vm/stop',
    {
      schema: {
        operationId: 'stopVm',
        summary: 'Shut a VM down, or end it at once',
        tags,
        params: vmParams,
        body: stopVmSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { force, timeoutSeconds } = request.body
      const task = services.stopVm(request.params.vm, { force, timeoutMs: timeoutSeconds * 1000 })
      return reply.code(202).send(task)
    },
  )

  const plainActions: Record<string, { summary: string; act: (vm: string) => Task }> = {
    start: { summary: 'Start a VM', act: (vm) => services.startVm(vm) },
    pause: { summary: 'Pause a running VM', act: (vm) => services.pauseVm(vm) },
    resume: { summary: 'Resume a paused VM', act: (vm) => services.resumeVm(vm) },
  }
  for (const [action, { summary, act }] of Object.entries(plainActions)) {
    api.post(
      `/vms/:vm/${action}`,
      { schema: { operationId: `${action}Vm`, summary, tags, params: vmParams, response: taskStarted } },
      async (request, reply) => reply.code(202).send(act(request.params.vm)),
    )
  }
}
