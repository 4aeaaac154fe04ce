import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { logInSchema, sessionSchema } from '../../../contract/session.ts'
import { StillpointError } from '../../../core/error.ts'
import { isLoopback } from '../../listen-address.ts'
import type { Access } from '../access.ts'
import type { Api } from '../api-type.ts'
import { visitOf } from '../guard.ts'
import { json, problems } from '../schemas.ts'

const tags = ['system']

/** Login of browsers, on a TCP listener. */
export function registerSessionRoutes(api: Api, access: Access): void {
  api.post(
    '/session',
    {
      config: { openTo: 'own pages' },
      schema: {
        operationId: 'logIn',
        summary: 'Log a browser in',
        description:
          'Sets the cookie of a session that lasts seven days. Ten wrong tokens within a minute, and no more are looked at for its rest.',
        tags,
        body: logInSchema,
        response: { 200: json('The session', sessionSchema), ...problems },
      },
    },
    async (request, reply) => {
      const { value, expiresAt } = access.logIn(request.body.token, visitOf(request))
      setCookie(access, request, reply, value, expiresAt)
      return { expiresAt: expiresAt.toISOString() }
    },
  )

  api.get(
    '/session',
    {
      schema: {
        operationId: 'showSession',
        summary: 'Show until when the browser is logged in',
        tags,
        response: { 200: json('The session', sessionSchema), ...problems },
      },
    },
    async (request) => {
      const session = access.sessionOf(visitOf(request))
      if (session) return { expiresAt: session.expiresAt.toISOString() }
      throw new StillpointError('unauthorized', 'The request carries a token, which is no session.')
    },
  )

  api.delete(
    '/session',
    {
      schema: {
        operationId: 'logOut',
        summary: 'Take the session from the browser',
        tags,
        response: { 204: z.undefined().describe('It is logged out'), ...problems },
      },
    },
    async (request, reply) => {
      setCookie(access, request, reply, '', new Date(0))
      return reply.code(204).send()
    },
  )
}

function setCookie(
  { sessionCookie }: Access,
  request: FastifyRequest,
  reply: FastifyReply,
  value: string,
  expires: Date,
): void {
  const options = { httpOnly: true, sameSite: 'strict', path: '/', secure: cameByHttps(request) } as const
  reply.setCookie(sessionCookie, value, { ...options, expires })
}

/** TLS ends at a proxy on this host, if anywhere; nobody else is believed. */
function cameByHttps({ headers, socket }: FastifyRequest): boolean {
  return headers['x-forwarded-proto'] === 'https' && isLoopback(socket.remoteAddress ?? '')
}
