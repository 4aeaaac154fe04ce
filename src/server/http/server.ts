import type { AddressInfo } from 'node:net'
import { StillpointError } from '../../core/error.ts'
import type { Services } from '../services.ts'
import { createGuard } from './access.ts'
import { createApi } from './api.ts'
import type { Api } from './api-type.ts'
import { listenOnSocket } from './unix-socket.ts'

export interface TcpAddress {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
}

export interface HttpServer {
  /**
   * Serves the Unix socket, whose mode (0600) is its protection, and a TCP address when one is given.
   * Returns the URL of the latter. Errors: `io_error`; `invalid_request` for TCP without a token.
   */
  listen(where: { socketPath: string; tcp?: TcpAddress | null }): Promise<{ url: string | null }>
  /** Ends event streams, waits for requests that are being answered, and removes the socket. */
  close(): Promise<void>
}

export interface HttpServerOptions {
  readonly services: Services
  /** What TCP clients must send. */
  readonly token?: string | null
  /** Names of this host that a TCP client may address it by, besides its IP addresses. */
  readonly hostNames?: readonly string[]
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { services, token = null, hostNames = [] } = options
  const listeners: Api[] = []

  async function listenTcp(address: TcpAddress): Promise<string> {
    if (!token) {
      throw new StillpointError(
        'invalid_request',
        'A TCP address is served with a token only; none was given.',
      )
    }
    const api = await createApi(services, createGuard(token, [address.host, ...hostNames]))
    listeners.push(api)
    try {
      await api.listen({ host: address.host, port: address.port })
    } catch (error) {
      const where = `${address.host}:${address.port}`
      throw new StillpointError('io_error', `Cannot serve ${where}: ${String(error)}.`, { cause: error })
    }
    const { address: ip, family, port } = api.server.address() as AddressInfo // of a TCP server, always
    return `http://${family === 'IPv6' ? `[${ip}]` : ip}:${port}`
  }

  return {
    async listen({ socketPath, tcp = null }) {
      // TCP first: whoever finds the socket finds a daemon that serves all that it was told to.
      const url = tcp && (await listenTcp(tcp))
      const local = await createApi(services, null)
      listeners.push(local)
      await local.ready()
      await listenOnSocket(local.server, socketPath)
      return { url }
    },

    async close() {
      await Promise.all(listeners.splice(0).map((api) => api.close()))
    },
  }
}
