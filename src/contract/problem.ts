import type { StillpointError } from '../core/error.ts'
import type { Problem } from './system.ts'

/** An error as the API and `--json` show it. */
export function problemOfError({ code, message, details, row }: StillpointError): Problem {
  return {
    type: `urn:stillpoint:error:${code}`,
    title: row.summary,
    status: row.httpStatus,
    detail: message,
    code,
    retryable: row.retryable,
    details: { ...details },
  }
}
