import { z } from 'zod'
import { findingsSchema, repairSchema } from '../../../contract/doctor.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { json, problems, taskStarted } from '../schemas.ts'

const tags = ['doctor']

export function registerDoctorRoutes(api: Api, services: Services): void {
  api.get(
    '/doctor',
    {
      schema: {
        operationId: 'examine',
        summary: 'Look for what is wrong with VMs, their files and their records',
        description: 'Changes nothing. Each finding says what a repair would do, or what only you can do.',
        tags,
        querystring: z.strictObject({ vm: z.string().optional() }),
        response: { 200: json('What was found', findingsSchema), ...problems },
      },
    },
    (request) => services.examine(request.query.vm ?? null),
  )

  api.post(
    '/doctor/repair',
    {
      schema: {
        operationId: 'repair',
        summary: 'Repair what can be repaired',
        description:
          'Saves the metadata first, deletes nothing, and never touches the only copy of data. Refused without `confirm`. The result of the task is a `RepairResult`.',
        tags,
        body: repairSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => reply.code(202).send(services.repair(request.body)),
  )
}
