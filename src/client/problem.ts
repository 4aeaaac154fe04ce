import { problemSchema } from '../contract/system.ts'
import { StillpointError } from '../core/error.ts'
import { type ErrorCode, errorRegistry } from '../core/error-registry.ts'

/** The error that the daemon sent as a problem document; `internal` for anything else. */
export function errorOfResponse(status: number, text: string): StillpointError {
  const problem = problemSchema.safeParse(parseJson(text))
  if (!problem.success) {
    const start = text.slice(0, 200)
    return new StillpointError('internal', `The daemon answered with HTTP status ${status}: ${start}`)
  }
  const { code, detail, details } = problem.data
  return errorOfCode(code, detail, details)
}

/** An error of the daemon's. One with a code that only a newer daemon knows becomes `internal`. */
export function errorOfCode(code: string, message: string, details: unknown): StillpointError {
  const isKnown = Object.hasOwn(errorRegistry, code)
  return new StillpointError(isKnown ? (code as ErrorCode) : 'internal', message, {
    details: typeof details === 'object' && details !== null ? { ...details } : {},
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Some proxy's page, say; the caller shows its text.
  }
}
