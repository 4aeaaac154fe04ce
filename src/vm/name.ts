import { StillpointError } from '../core/error.ts'
import { limits } from './config.ts'

/**
 * The name of a VM, a checkpoint or a group: 1 to 100 characters (Unicode code points), not blank, no control
 * characters. Surrounding blanks are dropped, as Hyper-V does. Error: `invalid_name`.
 */
export function checkedName(what: 'VM' | 'checkpoint' | 'group', text: string): string {
  const name = text.trim()
  const length = [...name].length
  if (length < limits.nameLength.min) {
    throw new StillpointError('invalid_name', `The name of a ${what} cannot be blank.`)
  }
  if (length > limits.nameLength.max) {
    throw new StillpointError(
      'invalid_name',
      `The name of a ${what} can have ${limits.nameLength.max} characters at most; "${name.slice(0, 30)}…" has ${length}.`,
    )
  }
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new StillpointError(
      'invalid_name',
      `The name of a ${what} cannot hold control characters or line breaks.`,
    )
  }
  return name
}

/** Names are equal without regard to case. */
export function sameName(a: string, b: string): boolean {
  return nameKey(a) === nameKey(b)
}

export function nameKey(name: string): string {
  return name.normalize('NFC').toLocaleLowerCase('en-US')
}

/** Hyper-V's default: `web01 - (11/20/2026 - 8:17:35 AM)`, in the daemon's local time. */
export function defaultCheckpointName(vmName: string, at: Date): string {
  return withTime('', vmName, at)
}

/** `Automatic Checkpoint - web01 - (11/20/2026 - 8:17:35 AM)`, as Hyper-V calls it. */
export function automaticCheckpointName(vmName: string, at: Date): string {
  return withTime('Automatic Checkpoint - ', vmName, at)
}

/** A long name is cut. */
function withTime(prefix: string, vmName: string, at: Date): string {
  const date = at.toLocaleDateString('en-US')
  const time = at.toLocaleTimeString('en-US').replace(/\u202f/g, ' ')
  const suffix = ` - (${date} - ${time})`
  const room = limits.nameLength.max - prefix.length - suffix.length
  return prefix + [...vmName].slice(0, room).join('') + suffix
}
