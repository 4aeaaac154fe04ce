import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Clock, systemClock } from '../../core/clock.ts'
import { isStillpointError, messageOf, StillpointError } from '../../core/error.ts'
import type { TcpAddress } from '../listen-address.ts'
import type { Services } from '../services.ts'
import { createAccess } from './access.ts'
import { createApi } from './api.ts'
import type { Api } from './api-type.ts'
import { listenOnSocket } from './unix-socket.ts'

/** Of TCP: strangers must not use up the files that the daemon may have open. */
const mostConnections = 1000
/** What is being answered takes less. Who has sent half a request, or none yet as browsers do, keeps no daemon from stopping. */
const farewellMs = 3000

const builtConsole = fileURLToPath(new URL('../../../dist/web', import.meta.url))

export interface Listeners {
  readonly socketPath: string
  readonly tcp?: TcpAddress | null
  /** Told when the TCP address cannot be had, in place of failing. */
  readonly onNoTcp?: (error: StillpointError) => void
}

export interface HttpServer {
  /**
   * Serves the Unix socket, whose mode (0600) is its protection, and a TCP address when one is given.
   * Returns the latter as it is, with its port. Errors: `io_error`; `invalid_request` for TCP without a token.
   */
  listen(where: Listeners): Promise<{ tcp: TcpAddress | null }>
  /** Ends event streams, waits a while for requests that are being answered, and removes the socket. */
  close(): Promise<void>
}

export interface HttpServerOptions {
  readonly services: Services
  /** What TCP clients must send. */
  readonly token?: string | null
  /** Names of this host that a TCP client may address it by, besides its IP addresses. */
  readonly hostNames?: readonly string[]
  /** Where the console was built into. */
  readonly consoleFolder?: string
  readonly clock?: Clock
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { services, token = null, hostNames = [], clock = systemClock } = options
  const { consoleFolder = builtConsole } = options
  const listeners: Api[] = []

  async function listenTcp(address: TcpAddress): Promise<TcpAddress> {
    if (!token) {
      throw new StillpointError(
        'invalid_request',
        'A TCP address is served with a token only; none was given.',
      )
    }
    const api = await createApi(services, {
      access: createAccess(token, [address.host, ...hostNames], clock),
      consoleFolder,
    })
    await api.ready()
    api.server.maxConnections = mostConnections
    listeners.push(api)
    try {
      await api.listen({ host: address.host, port: address.port })
    } catch (error) {
      listeners.pop()
      await api.close()
      throw new StillpointError(
        'io_error',
        `Cannot listen on ${address.host}:${address.port}: ${reasonOf(error)}. Another address can be named with --listen HOST:PORT or STILLPOINT_LISTEN.`,
        { cause: error },
      )
    }
    const { port } = api.server.address() as AddressInfo // of a TCP server, always
    return { host: address.host, port }
  }

  return {
    async listen({ socketPath, tcp = null, onNoTcp }) {
      // TCP first: whoever finds the socket finds a daemon that serves all that it was told to.
      const served =
        tcp &&
        (await listenTcp(tcp).catch((error) => {
          if (!onNoTcp || !isStillpointError(error, 'io_error')) throw error
          onNoTcp(error)
          return null
        }))
      const local = await createApi(services, null)
      listeners.push(local)
      await local.ready()
      await listenOnSocket(local.server, socketPath)
      return { tcp: served }
    },

    async close() {
      await Promise.all(listeners.splice(0).map(closeSoon))
    },
  }
}

async function closeSoon(api: Api): Promise<void> {
  const tooLong = setTimeout(() => api.server.closeAllConnections(), farewellMs)
  await api.close().finally(() => clearTimeout(tooLong))
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words: Record<string, string> = {
    EADDRINUSE: 'another program listens there already',
    EADDRNOTAVAIL: 'this host has no such address',
    EACCES: 'the operating system does not allow it',
    ENOTFOUND: 'there is no host of this name',
  }
  return words[code] ?? messageOf(error)
}
