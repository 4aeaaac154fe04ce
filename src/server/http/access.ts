import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import type { Clock } from '../../core/clock.ts'
import { StillpointError } from '../../core/error.ts'
import { Attempts } from './attempts.ts'
import { createSessions, type Session } from './session.ts'

/** What is known of a request before it is served. */
export interface Visit {
  readonly headers: IncomingHttpHeaders
  readonly method: string
  /** It asks for a WebSocket. */
  readonly isUpgrade: boolean
  readonly cookies: Readonly<Record<string, string | undefined>>
  /** Of the other end of the connection. */
  readonly address: string
}

/** Who is served on a TCP listener. What is refused throws `unauthorized` or `too_many_attempts`. */
export interface Access {
  /** For everything: the request is meant for this host. */
  requireOwnHost(visit: Visit): void
  /** For all but files: it does not come from a page of another site. */
  requireOwnPage(visit: Visit): void
  /** It carries the token, or a session that began with it. */
  requireLogin(visit: Visit): void
  logIn(token: string, visit: Visit): Session & { readonly value: string }
  /** The name of the cookie that holds a session's value. */
  readonly sessionCookie: string
  /** The session of a browser; null: it has none. */
  sessionOf(visit: Visit): Session | null
}

/**
 * A browser can be made to send requests here by any page, and a page whose name was rebound to this
 * host's address is of the same origin to the browser. The name in `Host` is that page's then, so a name
 * that is neither an IP address, `localhost` nor one of `names` is refused.
 *
 * A browser adds its session's cookie by itself. So a request with no more than that has to show that it comes from
 * a page of ours before it changes anything, or opens a WebSocket, which no rule of browsers keeps from other sites.
 */
export function createAccess(token: string, names: readonly string[], clock: Clock): Access {
  const allowedNames = new Set(['localhost', ...names.map((name) => name.toLowerCase())])
  const expected = digest(token)
  const sessions = createSessions(token, clock)
  const attempts = new Attempts(() => clock.monotonicMs())

  function requireToken(given: string, { address }: Visit): void {
    attempts.require(address)
    if (timingSafeEqual(digest(given), expected)) return
    attempts.failed(address)
    throw new StillpointError('unauthorized', 'The token of the request is wrong.')
  }

  const valueIn = ({ cookies }: Visit) => cookies[sessions.cookie]

  function sessionOf(visit: Visit): Session | null {
    const value = valueIn(visit)
    return value === undefined ? null : sessions.of(value)
  }

  return {
    requireOwnHost({ headers: { host = '' } }) {
      const name = hostNameOf(host)
      if (name !== null && (isIP(name) || allowedNames.has(name))) return
      throw new StillpointError(
        'unauthorized',
        `The request is for host "${host}", which is not this one. It is reached by an IP address or as ${[...allowedNames].join(', ')}; STILLPOINT_HOST_NAMES can add a name.`,
      )
    },

    requireOwnPage({ headers }) {
      const { host, origin } = headers
      if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
        throw new StillpointError(
          'unauthorized',
          `The request comes from a page of another site, "${origin}".`,
        )
      }
      const site = headers['sec-fetch-site']
      if (site === 'cross-site' || site === 'same-site') {
        throw new StillpointError('unauthorized', 'The request comes from a page of another site.')
      }
    },

    requireLogin(visit) {
      const { headers, method, isUpgrade } = visit
      const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
      if (given !== undefined) {
        requireToken(given, visit)
        return
      }
      if (!sessionOf(visit)) {
        throw new StillpointError(
          'unauthorized',
          valueIn(visit) === undefined
            ? 'The request carries no token ("Authorization: Bearer …") and no session.'
            : 'The request carries no token, and no session that is valid; log in again.',
        )
      }
      const isHarmless = !isUpgrade && (method === 'GET' || method === 'HEAD')
      if (!isHarmless && headers.origin === undefined && headers['sec-fetch-site'] !== 'same-origin') {
        throw new StillpointError(
          'unauthorized',
          'A request with a session has to say which page it comes from ("Origin").',
        )
      }
    },

    logIn(given, visit) {
      requireToken(given, visit)
      return sessions.begin()
    },

    sessionCookie: sessions.cookie,
    sessionOf,
  }
}

/** The host without its port and without the brackets of an IPv6 address; null when it is malformed. */
function hostNameOf(host: string): string | null {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host)
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null
}

/** Of equal length whatever the token's, as the comparison needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
