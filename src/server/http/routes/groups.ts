import { z } from 'zod'
import {
  applyGroupSchema,
  createGroupCheckpointSchema,
  createGroupSchema,
  groupCheckpointViewSchema,
  groupViewSchema,
  updateGroupSchema,
} from '../../../contract/group.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { groupCheckpointParams, groupParams, json, problems, taskStarted } from '../schemas.ts'

const tags = ['groups']
const one = '/groups/:group'
const sets = `${one}/checkpoints`
const set = `${sets}/:checkpoint`

export function registerGroupRoutes(api: Api, services: Services): void {
  api.get(
    '/groups',
    {
      schema: {
        operationId: 'listGroups',
        summary: 'List the groups',
        tags,
        response: { 200: json('The groups', z.array(groupViewSchema)), ...problems },
      },
    },
    () => services.listGroups(),
  )

  api.post(
    '/groups',
    {
      schema: {
        operationId: 'createGroup',
        summary: 'Make a group of VMs',
        tags,
        body: createGroupSchema,
        response: { 201: json('The group', groupViewSchema), ...problems },
      },
    },
    async (request, reply) => reply.code(201).send(await services.createGroup(request.body)),
  )

  api.get(
    one,
    {
      schema: {
        operationId: 'showGroup',
        summary: 'Show a group',
        tags,
        params: groupParams,
        response: { 200: json('The group', groupViewSchema), ...problems },
      },
    },
    (request) => services.showGroup(request.params.group),
  )

  api.patch(
    one,
    {
      schema: {
        operationId: 'updateGroup',
        summary: 'Rename a group, or change its VMs or their order',
        tags,
        params: groupParams,
        body: updateGroupSchema,
        response: { 200: json('The group as it is now', groupViewSchema), ...problems },
      },
    },
    (request) => services.updateGroup(request.params.group, request.body),
  )

  api.delete(
    one,
    {
      schema: {
        operationId: 'deleteGroup',
        summary: 'Delete a group; its checkpoints stay with their VMs',
        tags,
        params: groupParams,
        response: { 204: z.undefined().describe('It is deleted'), ...problems },
      },
    },
    async (request, reply) => {
      await services.deleteGroup(request.params.group)
      return reply.code(204).send()
    },
  )

  registerSetRoutes(api, services)
}

/** Checkpoints of all VMs of a group at one instant. */
function registerSetRoutes(api: Api, services: Services): void {
  api.get(
    sets,
    {
      schema: {
        operationId: 'listGroupCheckpoints',
        summary: 'List the checkpoints of a group',
        description: 'Oldest first, each with the checkpoints of its VMs and the VMs that have none of it.',
        tags,
        params: groupParams,
        response: { 200: json('The checkpoints', z.array(groupCheckpointViewSchema)), ...problems },
      },
    },
    (request) => services.listGroupCheckpoints(request.params.group),
  )

  api.post(
    sets,
    {
      schema: {
        operationId: 'createGroupCheckpoint',
        summary: 'Create checkpoints of all VMs of a group at one instant, or none',
        description: 'The result of the task is a `GroupCheckpointResult`.',
        tags,
        params: groupParams,
        body: createGroupCheckpointSchema,
        response: taskStarted,
      },
    },
    async (request, reply) =>
      reply.code(202).send(services.createGroupCheckpoint(request.params.group, request.body)),
  )

  api.get(
    set,
    {
      schema: {
        operationId: 'showGroupCheckpoint',
        summary: 'Show a checkpoint of a group',
        tags,
        params: groupCheckpointParams,
        response: { 200: json('The checkpoint', groupCheckpointViewSchema), ...problems },
      },
    },
    (request) => services.showGroupCheckpoint(request.params.group, request.params.checkpoint),
  )

  api.delete(
    set,
    {
      schema: {
        operationId: 'deleteGroupCheckpoint',
        summary: 'Delete the checkpoints of all VMs of a group at one instant',
        description: 'The result of the task is a `GroupDeleteResult`.',
        tags,
        params: groupCheckpointParams,
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { group, checkpoint } = request.params
      return reply.code(202).send(services.deleteGroupCheckpoint(group, checkpoint))
    },
  )

  api.post(
    `${set}/apply`,
    {
      schema: {
        operationId: 'applyGroup',
        summary: 'Put all VMs of a group back to one instant, or none',
        description:
          'Discards their current state; refused without `confirm`. The result of the task is a `GroupApplyResult`.',
        tags,
        params: groupCheckpointParams,
        body: applyGroupSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { group, checkpoint } = request.params
      return reply.code(202).send(services.applyGroup(group, checkpoint, request.body))
    },
  )
}
