import type { Problem } from '../../contract/system.ts'
import type { ErrorCode } from '../../core/error-registry.ts'

/** What the daemon says when it refuses, or that it did not answer. `message` is for the user as it is. */
export class ApiError extends Error {
  readonly code: ErrorCode | 'daemon_unreachable'
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ApiError['code'], message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.details = details
  }
}

export function isApiError(error: unknown, ...codes: ApiError['code'][]): error is ApiError {
  return error instanceof ApiError && (codes.length === 0 || codes.includes(error.code))
}

interface Options {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: object | undefined
  readonly signal?: AbortSignal | undefined
}

/** Called when the daemon no longer knows this browser. */
let onUnauthorized = () => {}
export function whenUnauthorized(callback: () => void): void {
  onUnauthorized = callback
}

/**
 * One request below `/api/v1`; the answer is of the contract's type, as page and daemon are of one version.
 * Errors: ApiError; the reason of the signal.
 */
export async function request<Answer>(path: string, options: Options = {}): Promise<Answer> {
  const { method = 'GET', body, signal } = options
  let response: Response
  let text: string
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
      signal: signal ?? null,
    })
    text = await response.text()
  } catch (error) {
    signal?.throwIfAborted()
    throw new ApiError('daemon_unreachable', unreachable(method), { reason: String(error) })
  }
  if (response.ok) {
    try {
      return (text === '' ? undefined : JSON.parse(text)) as Answer
    } catch {
      // A page of something between the browser and the daemon: told below.
    }
  }
  const error = errorOf(response.status, text)
  if (error.code === 'unauthorized' && path !== '/session') onUnauthorized()
  throw error
}

/** What only reads is read again by itself when the daemon is back; anything else is never sent twice. */
function unreachable(method: string): string {
  return method === 'GET'
    ? 'The daemon does not answer. It is tried again until it does.'
    : 'The daemon does not answer. Whether it has begun with this is not known: look, once it is back, before you ask again.'
}

function errorOf(status: number, text: string): ApiError {
  try {
    const { code, detail, details } = JSON.parse(text) as Problem // what is not one fails below
    if (typeof code === 'string' && typeof detail === 'string')
      return new ApiError(code as ErrorCode, detail, details)
  } catch {
    // Not from the daemon: a proxy's page, say.
  }
  return new ApiError(
    'internal',
    `The answer to the request was HTTP status ${status}: ${text.slice(0, 200)}`,
  )
}

/** A part of a path. */
export const part = encodeURIComponent
