import { z } from 'zod'
import { guardsViewSchema } from '../../../contract/guard.ts'
import { createVmSchema, updateVmSchema, vmViewSchema } from '../../../contract/vm.ts'
import {
  changeVmsResultSchema,
  changeVmsSchema,
  selectionSchema,
  vmSettingsSchema,
} from '../../../contract/vm-settings.ts'
import { MIB } from '../../../core/units.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { flag, json, problems, taskStarted, vmParams } from '../schemas.ts'

const tags = ['vms']

/** Room for 100 000 names. */
const bodyLimit = 16 * MIB

export function registerVmRoutes(api: Api, services: Services): void {
  api.get(
    '/vms',
    {
      schema: {
        operationId: 'listVms',
        summary: 'List VMs',
        tags,
        response: { 200: json('All VMs, in the order of their names', z.array(vmViewSchema)), ...problems },
      },
    },
    () => services.listVms(),
  )

  api.post(
    '/vms',
    {
      schema: {
        operationId: 'createVm',
        summary: 'Create a VM',
        description: 'The result of the task is a `Vm`.',
        tags,
        body: createVmSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => reply.code(202).send(services.createVm(request.body)),
  )

  api.patch(
    '/vms',
    {
      bodyLimit,
      schema: {
        operationId: 'changeVms',
        summary: 'Change settings and tags of many VMs',
        description: 'All of them or none; it waits for no operation.',
        tags,
        body: changeVmsSchema,
        response: { 200: json('Which VMs were changed', changeVmsResultSchema), ...problems },
      },
    },
    (request) => services.changeVms(request.body),
  )

  api.post(
    '/vms/settings',
    {
      bodyLimit,
      schema: {
        operationId: 'showSettings',
        summary: 'Show settings and tags of many VMs',
        description: 'A query; it changes nothing. The names may be too many for an address.',
        tags,
        body: selectionSchema,
        response: {
          200: json('The VMs, in the order of their names', z.array(vmSettingsSchema)),
          ...problems,
        },
      },
    },
    async (request) => services.showSettings(request.body),
  )

  api.get(
    '/vms/:vm',
    {
      schema: {
        operationId: 'showVm',
        summary: 'Show a VM',
        tags,
        params: vmParams,
        response: { 200: json('The VM', vmViewSchema), ...problems },
      },
    },
    (request) => services.showVm(request.params.vm),
  )

  api.patch(
    '/vms/:vm',
    {
      schema: {
        operationId: 'updateVm',
        summary: 'Change a VM',
        description: 'Hardware can be changed while the VM is off; its name and settings at any time.',
        tags,
        params: vmParams,
        body: updateVmSchema,
        response: { 200: json('The VM as it is now', vmViewSchema), ...problems },
      },
    },
    (request) => services.updateVm(request.params.vm, request.body),
  )

  api.get(
    '/vms/:vm/guards',
    {
      schema: {
        operationId: 'showGuards',
        summary: 'Show the risks that going back in time has for a VM',
        description:
          'Its guest is asked what runs in it, unless the VM is busy; otherwise what it said last counts.',
        tags,
        params: vmParams,
        response: { 200: json('Every guard, with what was found', guardsViewSchema), ...problems },
      },
    },
    (request) => services.showGuards(request.params.vm),
  )

  api.delete(
    '/vms/:vm',
    {
      schema: {
        operationId: 'removeVm',
        summary: 'Remove a VM with its disks and checkpoints',
        description: 'Images that are used in place stay. Refused without `confirm=true`.',
        tags,
        params: vmParams,
        querystring: z.strictObject({ confirm: flag }),
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { confirm } = request.query
      return reply.code(202).send(services.removeVm(request.params.vm, { confirm }))
    },
  )
}
