import type { IncomingHttpHeaders } from 'node:http'
import fastifyCookie from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import type { Access, Visit } from './access.ts'
import type { Api } from './api-type.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who needs no login: `own pages`, for logging in; `anyone`, for the files of the console, which a link of
     * another site may lead to. A route that says nothing, and an address without a route, need one.
     */
    openTo?: 'own pages' | 'anyone'
  }
}

/** Refuses what `access` does not let in. It sees every request before anything else does with it. */
export async function addGuard(api: Api, access: Access): Promise<void> {
  await api.register(fastifyCookie)
  api.addHook('onRequest', async (request) => {
    const visit = visitOf(request)
    // By its route, not by its address: the router decodes addresses, and so would whoever wants to get around.
    const openTo = visit.isUpgrade ? undefined : request.routeOptions.config.openTo
    access.requireOwnHost(visit)
    if (openTo === 'anyone') return
    access.requireOwnPage(visit)
    if (openTo !== 'own pages') access.requireLogin(visit)
  })
}

export function asksForWebSocket({ headers }: { headers: IncomingHttpHeaders }): boolean {
  return /\bwebsocket\b/i.test(headers.upgrade ?? '')
}

export function visitOf({ headers, method, socket, cookies }: FastifyRequest): Visit {
  return {
    headers,
    method,
    isUpgrade: asksForWebSocket({ headers }),
    cookies,
    address: socket.remoteAddress ?? '',
  }
}
