import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { StillpointError } from '../../core/error.ts'

/** Throws `unauthorized` when a request must not be served. */
export type Guard = (headers: IncomingHttpHeaders) => void

/**
 * For a TCP listener: a request must carry the token, and must not come from a page of another site.
 *
 * A browser can be made to send requests here by any page, and a page whose name was rebound to this
 * host's address is of the same origin to the browser. The name in `Host` is that page's then, so a name
 * that is neither an IP address, `localhost` nor one of `names` is refused.
 */
export function createGuard(token: string, names: readonly string[]): Guard {
  const allowedNames = new Set(['localhost', ...names.map((name) => name.toLowerCase())])
  const expected = digest(token)

  return (headers) => {
    refuseOtherSites(headers, allowedNames)
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    if (given === undefined) {
      throw new StillpointError('unauthorized', 'The request carries no token ("Authorization: Bearer …").')
    }
    if (!timingSafeEqual(digest(given), expected)) {
      throw new StillpointError('unauthorized', 'The token of the request is wrong.')
    }
  }
}

function refuseOtherSites(headers: IncomingHttpHeaders, allowedNames: ReadonlySet<string>): void {
  const { host = '', origin } = headers
  const name = hostNameOf(host)
  if (name === null || !(isIP(name) || allowedNames.has(name))) {
    throw new StillpointError('unauthorized', `The request is for host "${host}", which is not this one.`)
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new StillpointError('unauthorized', `The request comes from a page of another site, "${origin}".`)
  }
  const site = headers['sec-fetch-site']
  if (site === 'cross-site' || site === 'same-site') {
    throw new StillpointError('unauthorized', 'The request comes from a page of another site.')
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
