import { z } from 'zod'
import { vmRowSchema } from '../../../contract/vm.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { json, problems, vmParams } from '../schemas.ts'

const tags = ['vms']

export function registerVmRowRoutes(api: Api, services: Services): void {
  api.get(
    '/vm-rows',
    {
      schema: {
        operationId: 'listVmRows',
        summary: 'List what a list of VMs shows',
        description: 'It looks at no files, so that it is quick for thousands of VMs.',
        tags,
        response: { 200: json('All VMs, in the order of their names', z.array(vmRowSchema)), ...problems },
      },
    },
    () => services.listVmRows(),
  )

  api.get(
    '/vm-rows/:vm',
    {
      schema: {
        operationId: 'showVmRow',
        summary: 'Show what a list of VMs shows of one',
        tags,
        params: vmParams,
        response: { 200: json('The VM', vmRowSchema), ...problems },
      },
    },
    (request) => services.showVmRow(request.params.vm),
  )
}
