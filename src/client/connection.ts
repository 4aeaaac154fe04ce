import { Agent } from 'undici'
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

export function createConnection(target: Target): Connection {
  const where = 'url' in target ? target.url : target.socketPath
  // Copying an image can take long and answers at its end; whoever wants to wait less passes a signal.
  const patience = { headersTimeout: 0, bodyTimeout: 0 }
  const agent =
    'url' in target
      ? new Agent({ ...patience, connect: { timeout: 10_000 } })
      : new Agent({ ...patience, connect: { socketPath: target.socketPath } })
  const origin = 'url' in target ? originOf(target.url) : 'http://localhost'
  const token = 'url' in target ? target.token : null

  return {
    async send({ method, path, body, signal }) {
      const headers: Record<string, string> = { accept: 'application/json' }
      if (body) headers['content-type'] = 'application/json'
      if (token !== null) headers.authorization = `Bearer ${token}`
      const translated = (error: unknown) => (signal?.aborted ? signal.reason : unreachable(where, error))
      try {
        const response = await agent.request({
          origin,
          method,
          path: `/api/v1${path}`,
          headers,
          body: body ? JSON.stringify(body) : null,
          signal: signal ?? null,
        })
        return {
          status: response.statusCode,
          text: () => response.body.text().catch((error: unknown) => Promise.reject(translated(error))),
          async *chunks() {
            try {
              yield* response.body.setEncoding('utf8') as AsyncIterable<string> // as the encoding makes it
            } catch (error) {
              throw translated(error)
            }
          },
        }
      } catch (error) {
        throw translated(error)
      }
    },
    close: () => agent.destroy(),
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
    UND_ERR_SOCKET: 'the connection broke',
    UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  }
  const message =
    (reason !== null && words[reason]) || (error instanceof Error ? error.message : String(error))
  return new StillpointError('daemon_unreachable', `No daemon answers at "${where}": ${message}.`, {
    details: { where, reason },
    cause: error,
  })
}
