import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'

const lifetimeMs = 7 * 24 * 3600 * 1000

export interface Session {
  readonly expiresAt: Date
}

export interface Sessions {
  /**
   * What the cookie is called. Cookies know no ports, so each daemon of a host has a name of its own: logging in to one
   * does not log the browser out of another.
   */
  readonly cookie: string
  begin(): Session & { readonly value: string }
  /** The session that a cookie's value stands for; null when it is none of ours, or over. */
  of(value: string): Session | null
}

/**
 * Sessions that the daemon keeps nothing of: `<end, in ms since 1970>.<HMAC of it>`. The key is derived from
 * the token, so they outlive a restart, and end all together when the token is another one. One by itself
 * cannot be ended before its time; logging out takes it from the browser.
 */
export function createSessions(token: string, clock: Clock): Sessions {
  const key = createHmac('sha256', token).update('stillpoint session').digest()
  const signatureOf = (end: string) => createHmac('sha256', key).update(end).digest()

  return {
    cookie: `stillpoint_session_${createHmac('sha256', key).update('name').digest('hex').slice(0, 12)}`,
    begin() {
      const expiresAt = new Date(clock.now().getTime() + lifetimeMs)
      const end = String(expiresAt.getTime())
      return { expiresAt, value: `${end}.${signatureOf(end).toString('base64url')}` }
    },
    of(value) {
      const [, end, signature] = /^(\d{13})\.([\w-]{43})$/.exec(value) ?? []
      if (end === undefined || signature === undefined) return null
      if (!timingSafeEqual(Buffer.from(signature, 'base64url'), signatureOf(end))) return null
      const expiresAt = new Date(Number(end))
      return expiresAt > clock.now() ? { expiresAt } : null
    },
  }
}
