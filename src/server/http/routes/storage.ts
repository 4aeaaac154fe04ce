import { z } from 'zod'
import {
  reportDefaults,
  reportViewSchema,
  storageHistoryDays,
  storageHistorySchema,
  storageViewSchema,
} from '../../../contract/storage.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { json, problems } from '../schemas.ts'

const tags = ['storage']

export function registerStorageRoutes(api: Api, services: Services): void {
  api.get(
    '/storage',
    {
      schema: {
        operationId: 'showStorage',
        summary: 'Show what volumes, VMs and checkpoints occupy, and when volumes are full',
        description: 'Sizes are those of now; growth is that of the last two hours.',
        tags,
        response: { 200: json('Volumes and VMs', storageViewSchema), ...problems },
      },
    },
    () => services.storage(),
  )

  api.get(
    '/storage/history',
    {
      schema: {
        operationId: 'showStorageHistory',
        summary: 'Show what was used of each volume in the last days',
        description: 'Kept for 30 days, each hour; for the last two hours, each minute.',
        tags,
        querystring: z.strictObject({
          days: z.coerce
            .number()
            .int()
            .min(storageHistoryDays.min)
            .max(storageHistoryDays.max)
            .default(storageHistoryDays.default),
        }),
        response: { 200: json('Volumes', storageHistorySchema), ...problems },
      },
    },
    async (request) => services.storageHistory(request.query.days),
  )

  api.get(
    '/report',
    {
      schema: {
        operationId: 'reportCheckpoints',
        summary: 'List VMs with forgotten checkpoints',
        description: 'A checkpoint is not a backup: it is lost with the disk that it lies on.',
        tags,
        querystring: z.strictObject({
          olderThanDays: z.coerce.number().min(0).default(reportDefaults.olderThanDays),
          moreThan: z.coerce.number().int().min(0).default(reportDefaults.moreThan),
        }),
        response: { 200: json('What was found', reportViewSchema), ...problems },
      },
    },
    (request) => services.report(request.query),
  )
}
