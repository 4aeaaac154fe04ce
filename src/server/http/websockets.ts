import websocket from '@fastify/websocket'
import type { Api } from './api-type.ts'

/** What a browser says at once: keys, the pointer, its clipboard. */
const maxPayload = 1024 * 1024
const goingAway = 1001
/** A browser that does not say goodbye keeps no daemon from stopping. */
const goodbyeMs = 500

/** Call it before the routes are registered. */
export async function addWebSockets(api: Api): Promise<void> {
  await api.register(websocket, {
    options: { maxPayload },
    preClose(done) {
      for (const client of api.websocketServer.clients) {
        client.close(goingAway, 'The daemon stops.')
        setTimeout(() => client.terminate(), goodbyeMs).unref()
      }
      api.websocketServer.close()
      done()
    },
    errorHandler: (_error, socket) => socket.terminate(),
  })
}
