import type { Api } from './api-type.ts'

/**
 * What a page of this listener may load: files from here, and styles with the nonce of its own answer. Scripts in the
 * page itself, pages that show it in a frame and forms to elsewhere are out.
 */
export function contentSecurityPolicy(nonce: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${nonce === null ? '' : ` 'nonce-${nonce}'`}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

export const securityHeaders = {
  'content-security-policy': contentSecurityPolicy(null),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Files of the console say otherwise.
  'cache-control': 'no-store',
}

/** On every answer, also on those that refuse. Call it before any other hook is added. */
export function addSecurityHeaders(api: Api): void {
  api.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders)
  })
}
