import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { EventBus, StillpointEvent } from '../../core/event-bus.ts'

export interface EventStreams {
  /** Takes the reply over and sends it every event from now on, until the client goes. */
  open(reply: FastifyReply): void
  closeAll(): void
}

/** A comment is sent so often, so that both sides notice a dead connection. */
const heartbeatMs = 15_000
/** A client that lets so much pile up is cut off; it connects again and reads everything anew. */
const maxBufferedBytes = 256 * 1024

/**
 * Server-sent events. There is no replay: events say what to read again, so a client that connects reads
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

    closeAll() {
      for (const response of open) response.end()
    },
  }
}

function send(response: ServerResponse, event: StillpointEvent): void {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  if (response.writableLength > maxBufferedBytes) response.destroy()
}
