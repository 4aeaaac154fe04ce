import { type ErrorCode, errorRegistry } from './error-registry.ts'

export type ErrorDetails = Readonly<Record<string, unknown>>

/**
 * The one error of the product. The message says what failed, on what, the state now, the state wanted
 * and, where it helps, what to do; `details` carries the same as data.
 */
export class StillpointError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StillpointError'
    this.code = code
    this.details = options.details ?? {}
  }

  get row() {
    return errorRegistry[this.code]
  }
}

/** True when `error` is a StillpointError, of one of `codes` when any are given. */
export function isStillpointError(error: unknown, ...codes: ErrorCode[]): error is StillpointError {
  return error instanceof StillpointError && (codes.length === 0 || codes.includes(error.code))
}

/** The words of any thrown value, for logs and for the `cause` part of a message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
