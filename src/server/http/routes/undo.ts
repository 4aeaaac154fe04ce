import { z } from 'zod'
import { discardedViewSchema, undoApplySchema } from '../../../contract/discarded.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { json, problems, taskStarted, vmParams } from '../schemas.ts'

const tags = ['checkpoints']

/** What applies have discarded, and how it is brought back. */
export function registerUndoRoutes(api: Api, services: Services): void {
  api.get(
    '/vms/:vm/discarded',
    {
      schema: {
        operationId: 'listDiscarded',
        summary: 'List what applies have discarded and can be brought back',
        description: 'Oldest first. Each is freed when it expires.',
        tags,
        params: vmParams,
        response: { 200: json('The discarded states', z.array(discardedViewSchema)), ...problems },
      },
    },
    (request) => services.listDiscarded(request.params.vm),
  )

  api.post(
    '/vms/:vm/undo',
    {
      schema: {
        operationId: 'undoApply',
        summary: 'Bring back what an apply discarded',
        description:
          'Discards the current state, which is kept in turn; refused without `confirm`. The result of the task is an `ApplyResult`.',
        tags,
        params: vmParams,
        body: undoApplySchema,
        response: taskStarted,
      },
    },
    async (request, reply) => reply.code(202).send(services.undoApply(request.params.vm, request.body)),
  )

  api.delete(
    '/vms/:vm/discarded',
    {
      schema: {
        operationId: 'forgetDiscarded',
        summary: 'Free what applies have discarded: it cannot be brought back any more',
        tags,
        params: vmParams,
        querystring: z.strictObject({ state: z.string().optional().describe('One of them; default: all') }),
        response: taskStarted,
      },
    },
    async (request, reply) =>
      reply.code(202).send(services.forgetDiscarded(request.params.vm, request.query.state ?? null)),
  )
}
