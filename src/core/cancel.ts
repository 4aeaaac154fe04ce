import { StillpointError } from './error.ts'

/** The reason to abort a signal with when a user asks to cancel. */
export function cancelledBy(who: string): StillpointError {
  return new StillpointError('cancelled', `Cancelled by ${who}.`)
}

/** A signal for work that nobody can cancel. */
export const neverAborted: AbortSignal = new AbortController().signal
