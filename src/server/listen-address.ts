import { isIPv4, isIPv6 } from 'node:net'
import { StillpointError } from '../core/error.ts'

export interface TcpAddress {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
}

/** Where the daemon is to listen on TCP; null: nowhere. */
export interface ListenChoice {
  readonly address: TcpAddress | null
  /** Somebody named it: a daemon that cannot listen there does not start. */
  readonly isAsked: boolean
}

const byDefault: TcpAddress = { host: '127.0.0.1', port: 7330 }

/** The option of the command line wins over the environment. Error: `invalid_request`. */
export function chooseAddress(option: string | undefined, environment: string | undefined): ListenChoice {
  const text = option ?? environment ?? ''
  if (text === '') return { address: byDefault, isAsked: false }
  return { address: text === 'none' ? null : addressOf(text), isAsked: true }
}

function addressOf(text: string): TcpAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || !(port <= 65_535)) {
    throw new StillpointError(
      'invalid_request',
      `"${text}" is not an address to listen on; write HOST:PORT, as in 127.0.0.1:7330, or none.`,
    )
  }
  return { host, port }
}

/** Names that others have for this host, as a proxy in front of it: `a.example,b.example`. */
export function namesIn(text = ''): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '')
}

/** URLs under which a listener is reached: from this host, and from other machines (null: it is not). */
export interface ListenerUrls {
  readonly url: string
  readonly urlElsewhere: string | null
}

/** `0.0.0.0` and `::` are all addresses of a host, and the address of none: others reach it by its name. */
export function urlsOf({ host, port }: TcpAddress, hostName: string): ListenerUrls {
  if (host === '0.0.0.0' || host === '::') {
    return {
      url: urlOf({ host: host === '::' ? '::1' : '127.0.0.1', port }),
      urlElsewhere: urlOf({ host: hostName, port }),
    }
  }
  const url = urlOf({ host, port })
  return { url, urlElsewhere: isLoopback(host) ? null : url }
}

/** `host` is an IP address, or `localhost`. */
export function isLoopback(host: string): boolean {
  const v4 = host.replace(/^::ffff:/, '')
  return host === 'localhost' || host === '::1' || (isIPv4(v4) && v4.startsWith('127.'))
}

function urlOf({ host, port }: TcpAddress): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}
