import { tell } from './notices.tsx'

/** An error that belongs to no form: it pops up, and is kept among the notices. */
export function showError(error: Error, title = 'This could not be done'): void {
  tell({ level: 'error', vmId: null, message: error.message }, { title })
}
