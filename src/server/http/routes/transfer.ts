import { exportCheckpointSchema, importVmSchema } from '../../../contract/transfer.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { checkpointParams, taskStarted } from '../schemas.ts'

export function registerTransferRoutes(api: Api, services: Services): void {
  api.post(
    '/vms/:vm/checkpoints/:checkpoint/export',
    {
      schema: {
        operationId: 'exportCheckpoint',
        summary: 'Write a checkpoint into a folder of the host, as a whole VM',
        description:
          'The VM goes on meanwhile. Asked for again with the same folder, an export that was cut off goes on. The result of the task is an `ExportResult`.',
        tags: ['checkpoints'],
        params: checkpointParams,
        body: exportCheckpointSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => {
      const { vm, checkpoint } = request.params
      return reply.code(202).send(services.exportCheckpoint(vm, checkpoint, request.body))
    },
  )

  api.post(
    '/vms/import',
    {
      schema: {
        operationId: 'importVm',
        summary: 'Make a VM of a folder that was exported',
        description:
          'Everything is copied and verified before there is a VM. It is off, and hangs under its one checkpoint. The result of the task is an `ImportResult`.',
        tags: ['vms'],
        body: importVmSchema,
        response: taskStarted,
      },
    },
    async (request, reply) => reply.code(202).send(services.importVm(request.body)),
  )
}
