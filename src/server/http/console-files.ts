import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { StillpointError } from '../../core/error.ts'
import { randomSecret } from '../../core/random-ids.ts'
import type { Api } from './api-type.ts'
import { contentSecurityPolicy } from './security-headers.ts'

/** In `index.html`, where the nonce of the answer goes. */
const noncePlaceholder = '__CSP_NONCE__'
const nonceBytes = 16
const page = 'index.html'
const yearMs = 365 * 24 * 3600 * 1000

/**
 * The console as it was built into `folder`: files as they are, and the page for every other address that a browser
 * opens, because the page itself knows what `/vms/…` is. It may be built while the daemon runs.
 */
export async function registerConsoleFiles(api: Api, folder: string): Promise<void> {
  await api.register(fastifyStatic, {
    root: folder,
    serve: false,
    suppressWarning: true,
    dotfiles: 'ignore',
    preCompressed: true,
    index: false,
  })
  const options = { config: { openTo: 'anyone' }, schema: { hide: true } } as const

  // What is under /api and has no route is no page.
  for (const url of ['/api', '/api/*']) {
    api.all(url, { schema: { hide: true } }, (_request, reply) => reply.callNotFound())
  }
  api.get<{ Params: { '*': string } }>('/assets/*', options, (request, reply) =>
    // A file has another name as soon as it has another content.
    reply.sendFile(`assets/${request.params['*']}`, { maxAge: yearMs, immutable: true }),
  )
  api.get<{ Params: { '*': string } }>('/*', options, async (request, reply) => {
    const path = request.params['*']
    if (path !== page && (await isFile(folder, path))) return reply.sendFile(path)
    return await sendPage(folder, request, reply)
  })
}

/** Whether there is such a file, for the choice between it and the page; what sends it looks for itself. */
async function isFile(folder: string, path: string): Promise<boolean> {
  if (path === '' || /\0|(^|\/)\.\.?(\/|$)/.test(path)) return false
  const found = await stat(join(folder, path)).catch(() => null)
  return found?.isFile() ?? false
}

async function sendPage(folder: string, request: FastifyRequest, reply: FastifyReply) {
  if (!/\btext\/html\b/.test(request.headers.accept ?? '') && request.url !== '/') {
    throw new StillpointError('route_not_found', `There is no ${request.method} ${request.url}.`)
  }
  reply.type('text/html; charset=utf-8')
  const text = await readFile(join(folder, page), 'utf8').catch(() => null)
  if (text === null) return reply.code(503).send(notBuilt)
  const nonce = randomSecret(nonceBytes)
  reply.header('content-security-policy', contentSecurityPolicy(nonce))
  return reply.send(text.replaceAll(noncePlaceholder, nonce))
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Stillpoint</title>
<h1>The console is not built yet</h1>
<p>In the folder of Stillpoint, run <code>npm run setup</code>, and load this page again. The command line
(<code>stillpoint --help</code>) works without it.</p>
</html>
`
