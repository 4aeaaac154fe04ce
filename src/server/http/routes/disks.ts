import { z } from 'zod'
import { layerViewSchema } from '../../../contract/layer.ts'
import { growDiskSchema, newDiskSchema } from '../../../contract/vm.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { flag, json, problems, taskStarted, vmParams } from '../schemas.ts'

const tags = ['vms']
const diskParams = vmParams.extend({ disk: z.string().describe('Id, as `disk0`') })

export function registerDiskRoutes(api: Api, services: Services): void {
  api.get(
    '/vms/:vm/layers',
    {
      schema: {
        operationId: 'listLayers',
        summary: 'List the image files of a VM',
        description:
          'The layers of its backing chains. One that is not active and that no state is read from is an internal layer: others stand on it, or it waits to be merged.',
        tags,
        params: vmParams,
        response: { 200: json('The layers', z.array(layerViewSchema)), ...problems },
      },
    },
    (request) => services.listLayers(request.params.vm),
  )

  api.post(
    '/vms/:vm/disks',
    {
      schema: {
        operationId: 'addDisk',
        summary: 'Add a disk to a VM that is off',
        description: 'The result of the task is a `Vm`; the new disk is the last one of its list.',
        tags,
        params: vmParams,
        body: newDiskSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => reply.code(202).send(services.addDisk(request.params.vm, request.body)),
  )

  api.delete(
    '/vms/:vm/disks/:disk',
    {
      schema: {
        operationId: 'removeDisk',
        summary: 'Remove a disk from a VM that is off',
        description:
          'Checkpoints keep what they have of it. An image that is used in place stays. The result of the task is a `Vm`. Refused without `confirm=true`.',
        tags,
        params: diskParams,
        querystring: z.strictObject({ confirm: flag }),
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { vm, disk } = request.params
      return reply.code(202).send(services.removeDisk(vm, disk, { confirm: request.query.confirm }))
    },
  )

  api.post(
    '/vms/:vm/disks/:disk/grow',
    {
      schema: {
        operationId: 'growDisk',
        summary: 'Make a disk larger',
        description: 'Also while the VM runs. The result of the task is a `Vm`.',
        tags,
        params: diskParams,
        body: growDiskSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { vm, disk } = request.params
      return reply.code(202).send(services.growDisk(vm, disk, request.body))
    },
  )
}
