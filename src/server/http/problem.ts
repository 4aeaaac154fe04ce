import type { FastifyReply } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { problemOfError } from '../../contract/problem.ts'
import type { Problem } from '../../contract/system.ts'
import { isStillpointError, messageOf, StillpointError } from '../../core/error.ts'

/** The one place where an error becomes HTTP. */
export function problemOf(error: unknown): Problem {
  return problemOfError(stillpointErrorOf(error))
}

/** Sent as it is, whatever the route says about its responses. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  const { retryAfterSeconds } = problem.details
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', retryAfterSeconds)
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problem)
}

function stillpointErrorOf(error: unknown): StillpointError {
  if (isStillpointError(error)) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const where = error.validationContext ?? 'request'
    const problems = error.validation.map(({ instancePath, message }) => ({
      field: fieldOf(instancePath),
      message: plainWords(message ?? 'is not valid'),
    }))
    const words = problems.map(({ field, message }) => (field ? `"${field}": ${message}` : message))
    return new StillpointError('invalid_request', `${sentence(where)} is not valid. ${words.join('; ')}.`, {
      details: { where, problems },
    })
  }
  if (isRefusalOfFastify(error)) {
    return new StillpointError('invalid_request', messageOf(error), { cause: error })
  }
  return new StillpointError('internal', `Stillpoint met an unexpected error: ${messageOf(error)}`, {
    cause: error,
  })
}

/** The validator speaks to programmers: "Too big: expected number to be <=8760". */
function plainWords(message: string): string {
  return message
    .replace(/^Too (?:big|small): expected \w+ to be ([<>]=?)(\S+)$/, (_, sign: string, limit: string) => {
      const words: Record<string, string> = {
        '<=': 'at most',
        '>=': 'at least',
        '<': 'less than',
        '>': 'more than',
      }
      return `it has to be ${words[sign]} ${limit}`
    })
    .replace(
      /^Too (big|small): expected \w+ to have [<>]=(\d+) (.+)$/,
      (_, side: string, limit: string, what: string) => {
        return `it has to have ${side === 'big' ? 'at most' : 'at least'} ${limit} ${what}`
      },
    )
}

function sentence(validationContext: string): string {
  const names: Record<string, string> = {
    body: 'The body of the request',
    querystring: 'The query of the request',
    params: 'The address of the request',
  }
  return names[validationContext] ?? 'The request'
}

/** `/disks/0/path` → `disks[0].path` */
function fieldOf(pointer: string): string {
  return pointer
    .slice(1)
    .replaceAll('/', '.')
    .replace(/(^|\.)(\d+)(?=\.|$)/g, '[$2]')
}

/** Malformed JSON, a body that is too large, an unknown content type… */
function isRefusalOfFastify(error: unknown): boolean {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  )
}
