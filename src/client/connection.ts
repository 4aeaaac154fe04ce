import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { StillpointError } from '../core/error.ts'

/** A daemon: its Unix socket, or the URL of its TCP address with the token that it asks for. */
export type Target = { readonly socketPath: string } | { readonly url: string; readonly token: string | null }

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`, with its query. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: object | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Response {
  readonly status: number
  text(): Promise<string>
  /** The body as it comes. Ends with an error `daemon_unreachable` when the connection breaks. */
  chunks(): AsyncIterable<string>
}

export interface Connection {
  /**
   * Errors: `daemon_unreachable`, with the reason of the operating system as `details.reason` where there
   * is one; the reason of the signal.
   */
  send(request: Request): Promise<Response>
  close(): Promise<void>
}

const connectTimeoutMs = 10_000

export function createConnection(target: Target): Connection {
  const isTcp = 'url' in target
  const where = isTcp ? target.url : target.socketPath
  const { request, options } = isTcp
    ? tcpOptions(target.url)
    : { request: http.request, options: { socketPath: target.socketPath } }
  const agent = new (isTcp && options.protocol === 'https:' ? https : http).Agent({ keepAlive: true })
  const token = isTcp ? target.token : null

  return {
    async send({ method, path, body, signal }) {
      signal?.throwIfAborted()
      const headers: Record<string, string> = { accept: 'application/json' }
      if (token !== null) headers.authorization = `Bearer ${token}`
      const text = body && JSON.stringify(body)
      if (text !== undefined) {
        headers['content-type'] = 'application/json'
        headers['content-length'] = String(Buffer.byteLength(text))
      }
      const translated = (error: unknown) => (signal?.aborted ? signal.reason : unreachable(where, error))
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
      const sent = request(
        { ...options, agent, method, path: `/api/v1${path}`, headers, ...(signal ? { signal } : {}) },
        resolve,
      )
      sent.on('error', reject)
      // Only connecting has a limit: an answer may take long, and whoever wants to wait less passes a signal.
      sent.on('socket', (socket) => limitConnecting(socket, sent))
      sent.end(text)
      try {
        const response = await promise
        response.setEncoding('utf8')
        const chunks = async function* () {
          try {
            yield* response as AsyncIterable<string> // as the encoding makes it
          } catch (error) {
            throw translated(error)
          }
        }
        return {
          status: response.statusCode ?? 0,
          text: async () => (await Array.fromAsync(chunks())).join(''),
          chunks,
        }
      } catch (error) {
        throw translated(error)
      }
    },
    async close() {
      agent.destroy()
    },
  }
}

function limitConnecting(socket: Socket, sent: http.ClientRequest): void {
  if (!socket.connecting) return
  const timer = setTimeout(() => {
    sent.destroy(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' }))
  }, connectTimeoutMs)
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer))
}

function tcpOptions(url: string) {
  const { protocol, hostname, port } = new URL(originOf(url))
  const host = hostname.replace(/^\[|\]$/g, '')
  return {
    request: protocol === 'https:' ? https.request : http.request,
    options: { protocol, host, ...(port === '' ? {} : { port }) },
  }
}

function originOf(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url).origin
  throw new StillpointError('invalid_request', `"${url}" is not the URL of a daemon, as http://HOST:PORT is.`)
}

function unreachable(where: string, error: unknown): StillpointError {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : null
  const words: Record<string, string> = {
    ENOENT: 'there is no such socket',
    ECONNREFUSED: 'nothing listens there',
    EACCES: 'this user may not open it',
    ECONNRESET: 'the connection broke',
    ETIMEDOUT: 'it does not answer',
  }
  const message =
    (reason !== null && words[reason]) || (error instanceof Error ? error.message : String(error))
  return new StillpointError('daemon_unreachable', `No daemon answers at "${where}": ${message}.`, {
    details: { where, reason },
    cause: error,
  })
}
