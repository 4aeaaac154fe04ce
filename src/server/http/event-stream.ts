import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { WebSocket } from '@fastify/websocket'
import type { FastifyReply } from 'fastify'
import type { EventBus, StillpointEvent } from '../../core/event-bus.ts'

export interface EventStreams {
  /** Takes the reply over and sends it every event from now on, until the client goes. */
  open(reply: FastifyReply): void
  /** The same over a WebSocket, which is closed with all others of the listener. */
  openSocket(socket: WebSocket): void
  closeAll(): void
}

/** A comment or an empty message is sent so often, so that both sides notice a dead connection. */
const heartbeatMs = 15_000
/** A client that lets so much pile up is cut off; it connects again and reads everything anew. */
const maxBufferedBytes = 256 * 1024

/**
 * Server-sent events, and WebSockets with one event a message: of the former a browser holds six to a host at most,
 * those of all its pages together. There is no replay: events say what to read again, so a client that connects reads
 * what it shows once it has seen the stream open.
 */
export function createEventStreams(events: EventBus): EventStreams {
  const open = new Set<ServerResponse>()

  return {
    open(reply) {
      reply.hijack()
      const response = reply.raw
      response.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders), // that it holds names of its own besides is Fastify's type alone
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
      })
      response.write(': open\n\n')
      open.add(response)

      const unsubscribe = events.subscribe((event) => send(response, event))
      const heartbeat = setInterval(() => response.write(':\n\n'), heartbeatMs)
      response.on('close', () => {
        unsubscribe()
        clearInterval(heartbeat)
        open.delete(response)
      })
      // Its `close` follows; there is nobody to tell.
      response.on('error', () => {})
    },

    openSocket(socket) {
      const unsubscribe = events.subscribe((event) => sendMessage(socket, JSON.stringify(event)))
      const heartbeat = setInterval(() => sendMessage(socket, ''), heartbeatMs)
      sendMessage(socket, '')
      socket.on('close', () => {
        unsubscribe()
        clearInterval(heartbeat)
      })
    },

    closeAll() {
      for (const response of open) response.end()
    },
  }
}

function send(response: ServerResponse, event: StillpointEvent): void {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  if (response.writableLength > maxBufferedBytes) response.destroy()
}

function sendMessage(socket: WebSocket, message: string): void {
  socket.send(message)
  if (socket.bufferedAmount > maxBufferedBytes) socket.terminate()
}
