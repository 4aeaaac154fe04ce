import { guestHooksSchema } from '../../../contract/hooks.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { json, problems, taskStarted, vmParams } from '../schemas.ts'

const tags = ['vms']

export function registerHooksRoutes(api: Api, services: Services): void {
  api.get(
    '/vms/:vm/hooks',
    {
      schema: {
        operationId: 'showHooks',
        summary: 'Show the application hooks in a guest',
        description: 'Asks the agent of the running guest.',
        tags,
        params: vmParams,
        response: { 200: json('The hooks', guestHooksSchema), ...problems },
      },
    },
    (request) => services.showHooks(request.params.vm),
  )

  api.post(
    '/vms/:vm/hooks',
    {
      schema: {
        operationId: 'installHooks',
        summary: 'Install the application hooks in a guest, or bring them up to date',
        description: 'Through the agent of the running guest. The result of the task is a `GuestHooks`.',
        tags,
        params: vmParams,
        response: taskStarted,
      },
    },
    async (request, reply) => reply.code(202).send(services.installHooks(request.params.vm)),
  )

  api.delete(
    '/vms/:vm/hooks',
    {
      schema: {
        operationId: 'removeHooks',
        summary: 'Remove the application hooks from a guest',
        description: 'Hooks that its administrator wrote stay. The result of the task is a `GuestHooks`.',
        tags,
        params: vmParams,
        response: taskStarted,
      },
    },
    async (request, reply) => reply.code(202).send(services.removeHooks(request.params.vm)),
  )
}
