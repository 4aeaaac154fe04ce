import { z } from 'zod'
import { mostUsages, vmUsageSchema } from '../../../contract/usage.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { json, problems } from '../schemas.ts'

const vmIds = z.array(z.string()).max(mostUsages)
const one = z.string().transform((vmId) => [vmId])

export function registerUsageRoutes(api: Api, services: Services): void {
  api.get(
    '/usage',
    {
      schema: {
        operationId: 'showUsage',
        summary: 'Show what running VMs use of processor and memory',
        description:
          'For ids of VMs, `?vm=…&vm=…`, 200 at most. VMs that do not run are left out. Nothing is measured while nobody asks.',
        tags: ['vms'],
        querystring: z.strictObject({ vm: z.union([vmIds, one]).default([]) }),
        response: { 200: json('Those of them that run', z.array(vmUsageSchema)), ...problems },
      },
    },
    async (request) => services.usage(request.query.vm),
  )
}
