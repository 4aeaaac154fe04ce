import { z } from 'zod'
import { taskViewSchema } from '../../../contract/task.ts'
import { StillpointError } from '../../../core/error.ts'
import { asId, type TaskId, type VmId } from '../../../core/ids.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { json, problems, taskParams } from '../schemas.ts'

const tags = ['tasks']

const listQuery = z.strictObject({
  vm: z.string().optional().describe('Only those of this VM: name or id'),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
})

export function registerTaskRoutes(api: Api, services: Services): void {
  api.get(
    '/tasks',
    {
      schema: {
        operationId: 'listTasks',
        summary: 'List tasks, newest first',
        tags,
        querystring: listQuery,
        response: { 200: json('The tasks', z.array(taskViewSchema)), ...problems },
      },
    },
    async (request) => {
      const { vm, limit } = request.query
      if (vm === undefined) return services.tasks.list({ limit })
      const { id } = await services.showVm(vm)
      return services.tasks.list({ vmId: asId<VmId>(id), limit })
    },
  )

  api.get(
    '/tasks/:id',
    {
      schema: {
        operationId: 'showTask',
        summary: 'Show a task',
        tags,
        params: taskParams,
        response: { 200: json('The task', taskViewSchema), ...problems },
      },
    },
    async (request) => {
      const { id } = request.params
      const task = services.tasks.get(asId<TaskId>(id))
      if (task) return task
      throw new StillpointError('task_not_found', `There is no task "${id}".`, { details: { taskId: id } })
    },
  )

  api.post(
    '/tasks/:id/cancel',
    {
      schema: {
        operationId: 'cancelTask',
        summary: 'Ask a task to end',
        description:
          'It ends when it can, with everything as it was before; some are past the point of return.',
        tags,
        params: taskParams,
        response: { 202: json('The task as it is now', taskViewSchema), ...problems },
      },
    },
    async (request, reply) => reply.code(202).send(services.tasks.cancel(asId<TaskId>(request.params.id))),
  )
}
