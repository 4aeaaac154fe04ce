import { z } from 'zod'
import { healthSchema, rebuildResultSchema } from '../../../contract/system.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import type { EventStreams } from '../event-stream.ts'
import { json, problems } from '../schemas.ts'

export function registerSystemRoutes(api: Api, services: Services, streams: EventStreams): void {
  api.get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Show the state of the daemon',
        tags: ['system'],
        response: { 200: json('The daemon is well', healthSchema), ...problems },
      },
    },
    async () => services.health(),
  )

  api.route({
    method: 'GET',
    url: '/events',
    exposeHeadRoute: false, // a stream has no end that its headers could wait for
    schema: {
      operationId: 'streamEvents',
      summary: 'Stream events',
      description:
        'Server-sent events, without replay: `vm.changed`, `vm.removed`, `task.changed`, `notice`. `data` is a JSON object with `type` and the ids that it is about. As a WebSocket, each message is such an object, or empty as a sign of life.',
      tags: ['system'],
      response: {
        101: {
          description: 'The WebSocket',
          content: { 'application/json': { schema: z.string() } },
        },
        200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
        ...problems,
      },
    },
    handler: (_request, reply) => streams.open(reply),
    wsHandler: (socket) => streams.openSocket(socket),
  })

  api.post(
    '/inventory/rebuild',
    {
      schema: {
        operationId: 'rebuildInventory',
        summary: "Rebuild the inventory from the VMs' folders",
        tags: ['system'],
        response: { 200: json('What was found', rebuildResultSchema), ...problems },
      },
    },
    () => services.rebuildInventory(),
  )

  api.get('/openapi.json', { schema: { hide: true } }, async () => api.swagger())
}
