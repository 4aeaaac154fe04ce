import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { StillpointError } from '../../core/error.ts'
import type { Services } from '../services.ts'
import type { Access } from './access.ts'
import type { Api } from './api-type.ts'
import { addCompression } from './compression.ts'
import { registerConsoleFiles } from './console-files.ts'
import { createEventStreams } from './event-stream.ts'
import { addGuard, asksForWebSocket } from './guard.ts'
import { registerOpenApi } from './openapi.ts'
import { problemOf, sendProblem } from './problem.ts'
import { registerCheckpointRoutes } from './routes/checkpoints.ts'
import { registerDiskRoutes } from './routes/disks.ts'
import { registerDoctorRoutes } from './routes/doctor.ts'
import { registerGroupRoutes } from './routes/groups.ts'
import { registerHooksRoutes } from './routes/hooks.ts'
import { registerPowerRoutes } from './routes/power.ts'
import { registerScreenRoutes } from './routes/screen.ts'
import { registerSessionRoutes } from './routes/session.ts'
import { registerStorageRoutes } from './routes/storage.ts'
import { registerSystemRoutes } from './routes/system.ts'
import { registerTaskRoutes } from './routes/tasks.ts'
import { registerTransferRoutes } from './routes/transfer.ts'
import { registerUndoRoutes } from './routes/undo.ts'
import { registerUsageRoutes } from './routes/usage.ts'
import { registerVmRowRoutes } from './routes/vm-rows.ts'
import { registerVmRoutes } from './routes/vms.ts'
import { addSecurityHeaders, securityHeaders } from './security-headers.ts'
import { addWebSockets } from './websockets.ts'

/** To send a request in, body and all; the answer may take longer. */
const requestTimeoutMs = 60_000

export interface TcpParts {
  readonly access: Access
  /** Where the console was built into. */
  readonly consoleFolder: string
}

/**
 * All routes, for one listener. `tcp` is what one that anybody can connect to has besides; it is null where the
 * listener itself admits the right people only. The instance does not listen yet; its routes are complete when it is
 * ready.
 */
export async function createApi(services: Services, tcp: TcpParts | null): Promise<Api> {
  const api: Api = Fastify({
    requestTimeout: requestTimeoutMs,
    // Clients that offer HTTP/2 on the way ask for an upgrade too, and are served without one.
    http: { shouldUpgradeCallback: asksForWebSocket },
    // An address that cannot be decoded has no route, and is seen by no hook.
    frameworkErrors(error, request, reply) {
      if (asksForWebSocket(request)) reply.raw.once('finish', () => request.raw.socket.destroy())
      if (tcp) reply.headers(securityHeaders)
      sendProblem(reply, problemOf(error))
    },
  }).withTypeProvider<ZodTypeProvider>()
  api.setValidatorCompiler(validatorCompiler)
  api.setSerializerCompiler(serializerCompiler)
  // A body that is left out is one without fields, most of which have defaults.
  api.addHook('preValidation', async (request) => {
    request.body ??= {}
  })
  // Before the guard: what it refuses is to be hung up on.
  await addWebSockets(api)
  if (tcp) {
    addSecurityHeaders(api)
    await addGuard(api, tcp.access)
    await addCompression(api)
  }

  api.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    const fields = { method: request.method, url: request.url, code: problem.code }
    if (problem.status >= 500) services.log.error({ ...fields, err: error }, 'A request failed.')
    else services.log.debug(fields, 'A request was refused.')
    return sendProblem(reply, problem)
  })
  api.setNotFoundHandler((request, reply) => {
    const message = `The API has no ${request.method} ${request.url}.`
    return sendProblem(reply, problemOf(new StillpointError('route_not_found', message)))
  })

  const streams = createEventStreams(services.events)
  api.addHook('preClose', async () => streams.closeAll())

  await registerOpenApi(api, services.health().version)
  await api.register(
    async (scope: Api) => {
      registerSystemRoutes(scope, services, streams)
      if (tcp) registerSessionRoutes(scope, tcp.access)
      registerVmRoutes(scope, services)
      registerVmRowRoutes(scope, services)
      registerUsageRoutes(scope, services)
      registerScreenRoutes(scope, services)
      registerTransferRoutes(scope, services)
      registerPowerRoutes(scope, services)
      registerDiskRoutes(scope, services)
      registerHooksRoutes(scope, services)
      registerCheckpointRoutes(scope, services)
      registerGroupRoutes(scope, services)
      registerUndoRoutes(scope, services)
      registerTaskRoutes(scope, services)
      registerStorageRoutes(scope, services)
      registerDoctorRoutes(scope, services)
    },
    { prefix: '/api/v1' },
  )
  if (tcp) await registerConsoleFiles(api, tcp.consoleFolder)
  return api
}
