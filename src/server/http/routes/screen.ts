import { z } from 'zod'
import { StillpointError } from '../../../core/error.ts'
import type { Services } from '../../services.ts'
import type { Api } from '../api-type.ts'
import { problems, vmParams } from '../schemas.ts'
import { bridgeScreen, serverError } from '../screen-bridge.ts'

const tags = ['vms']
const widest = 4096

export function registerScreenRoutes(api: Api, services: Services): void {
  api.route({
    method: 'GET',
    url: '/vms/:vm/screen',
    schema: {
      operationId: 'openScreen',
      summary: "Open a VM's display, its keyboard and mouse",
      description:
        'A WebSocket that carries RFB (RFC 6143), as noVNC speaks it. Without an upgrade, the answer is the reason why it cannot be had, or `invalid_request`. It ends when the VM ends, and with each apply, which starts another process.',
      tags,
      params: vmParams,
      response: {
        101: {
          description: 'The WebSocket',
          content: { 'application/octet-stream': { schema: z.string() } },
        },
        ...problems,
      },
    },
    // Before the upgrade, for only then an answer can say why not.
    preHandler: async (request) => void services.screenSocket(request.params.vm),
    handler: async (request) => {
      throw new StillpointError(
        'invalid_request',
        `The display of VM "${request.params.vm}" can be had; open this address as a WebSocket.`,
      )
    },
    async wsHandler(browser, request) {
      try {
        await bridgeScreen(browser, services.screenSocket(request.params.vm), services.log)
      } catch (error) {
        services.log.debug({ err: error, vm: request.params.vm }, 'a display ended before it was opened')
        browser.close(serverError, 'The VM went off just now.')
      }
    },
  })

  api.get(
    '/vms/:vm/screenshot',
    {
      schema: {
        operationId: 'takeScreenshot',
        summary: "Take a picture of a VM's display",
        description:
          'The display as it is now, no wider than `width`. `vm_busy` when another operation on the VM lasts longer than a second, or memory of an applied checkpoint is still on its way.',
        tags,
        params: vmParams,
        querystring: z.strictObject({ width: z.coerce.number().int().min(16).max(widest).optional() }),
        response: {
          200: { description: 'The picture', content: { 'image/png': { schema: z.string() } } },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { width: widthPx = null } = request.query
      const file = await services.screenshot(request.params.vm, { widthPx })
      // Bytes are sent as they are; a schema of text is what OpenAPI says of them.
      return reply.type('image/png').send(file as unknown as string)
    },
  )
}
