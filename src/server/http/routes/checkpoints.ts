import { z } from 'zod'
import {
  applyCheckpointSchema,
  checkpointViewSchema,
  createCheckpointSchema,
  renameCheckpointSchema,
} from '../../../contract/checkpoint.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { checkpointParams, flag, json, problems, taskStarted, vmParams } from '../schemas.ts'

const tags = ['checkpoints']
const collection = '/vms/:vm/checkpoints'
const one = '/vms/:vm/checkpoints/:checkpoint'

export function registerCheckpointRoutes(api: Api, services: Services): void {
  api.get(
    collection,
    {
      schema: {
        operationId: 'listCheckpoints',
        summary: 'List the checkpoints of a VM',
        description: 'Flat, oldest first; `parentId` makes the tree.',
        tags,
        params: vmParams,
        response: { 200: json('The checkpoints', z.array(checkpointViewSchema)), ...problems },
      },
    },
    (request) => services.listCheckpoints(request.params.vm),
  )

  api.post(
    collection,
    {
      schema: {
        operationId: 'createCheckpoint',
        summary: 'Create a checkpoint',
        description: 'The result of the task is a `Checkpoint`.',
        tags,
        params: vmParams,
        body: createCheckpointSchema,
        response: taskStarted,
      },
    },
    async (request, reply) =>
      reply.code(202).send(services.createCheckpoint(request.params.vm, request.body)),
  )

  api.get(
    one,
    {
      schema: {
        operationId: 'showCheckpoint',
        summary: 'Show a checkpoint',
        tags,
        params: checkpointParams,
        response: { 200: json('The checkpoint', checkpointViewSchema), ...problems },
      },
    },
    (request) => services.showCheckpoint(request.params.vm, request.params.checkpoint),
  )

  api.patch(
    one,
    {
      schema: {
        operationId: 'updateCheckpoint',
        summary: 'Rename a checkpoint, change its notes or when it expires',
        tags,
        params: checkpointParams,
        body: renameCheckpointSchema,
        response: { 200: json('The checkpoint as it is now', checkpointViewSchema), ...problems },
      },
    },
    (request) => services.updateCheckpoint(request.params.vm, request.params.checkpoint, request.body),
  )

  api.delete(
    one,
    {
      schema: {
        operationId: 'deleteCheckpoint',
        summary: 'Delete a checkpoint, or it and all below it',
        description:
          'No other checkpoint loses anything. Data that has to be merged is merged by a task of its own. The result of the task is a `DeleteResult`.',
        tags,
        params: checkpointParams,
        querystring: z.strictObject({ subtree: flag }),
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { vm, checkpoint } = request.params
      return reply
        .code(202)
        .send(services.deleteCheckpoint(vm, checkpoint, { subtree: request.query.subtree }))
    },
  )

  api.post(
    `${one}/apply`,
    {
      schema: {
        operationId: 'applyCheckpoint',
        summary: 'Put the VM back to a checkpoint',
        description:
          'Discards the current state; refused without `confirm`. The result of the task is an `ApplyResult`.',
        tags,
        params: checkpointParams,
        body: applyCheckpointSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { vm, checkpoint } = request.params
      return reply.code(202).send(services.applyCheckpoint(vm, checkpoint, request.body))
    },
  )

  registerTreeRoutes(api, services)
}

/** What is asked of the VM's tree as a whole. */
function registerTreeRoutes(api: Api, services: Services): void {
  api.post(
    '/vms/:vm/revert',
    {
      schema: {
        operationId: 'revertVm',
        summary: 'Put the VM back to the checkpoint that Now hangs under',
        description:
          'Discards the current state; refused without `confirm`. The result of the task is an `ApplyResult`.',
        tags,
        params: vmParams,
        body: applyCheckpointSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => reply.code(202).send(services.revertVm(request.params.vm, request.body)),
  )

  api.post(
    '/vms/:vm/merge',
    {
      schema: {
        operationId: 'mergeVm',
        summary: 'Go on with merges that wait',
        tags,
        params: vmParams,
        response: { 204: z.undefined().describe('No merge waits'), ...taskStarted },
      },
    },
    async (request, reply) => {
      const task = services.mergeVm(request.params.vm)
      return task ? reply.code(202).send(task) : reply.code(204).send()
    },
  )
}
