import { closeSync, openSync, readSync } from 'node:fs'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const codes = { busy: 5, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const

/** The primary result code of an error of `node:sqlite`; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined
  return error.errcode & 0xff
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === codes.busy
}

export function isFull(error: unknown): boolean {
  return sqliteCode(error) === codes.full
}

/** Runs `call` on the database at `path` and gives its errors the product's codes. */
export function translated<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw translate(path, error)
  }
}

function translate(path: string, error: unknown): unknown {
  if (isStillpointError(error)) return error
  const options = { details: { path }, cause: error }
  switch (sqliteCode(error)) {
    case codes.corrupt:
    case codes.notADatabase: {
      const unreadable = whyUnreadable(path)
      if (unreadable === null) return damagedInventory(path, messageOf(error), error)
      return new StillpointError(
        'io_error',
        `The inventory "${path}" cannot be read: ${unreadable}.`,
        options,
      )
    }
    case codes.full:
      return new StillpointError('disk_full', `No space is left to write the inventory "${path}".`, options)
    case codes.ioError:
    case codes.cannotOpen:
    case codes.busy:
      return new StillpointError('io_error', `The inventory "${path}": ${messageOf(error)}.`, options)
    default: {
      const isSystemError = error instanceof Error && 'syscall' in error
      return isSystemError
        ? new StillpointError('io_error', `The inventory "${path}": ${messageOf(error)}.`, options)
        : error
    }
  }
}

/** Storage that fails looks like damage to SQLite, and must not be taken for it. Null when the file can be read. */
function whyUnreadable(path: string): string | null {
  try {
    const file = openSync(path, 'r')
    try {
      readSync(file, Buffer.alloc(16))
      return null
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return messageOf(error)
  }
}

/** The error for a database file that cannot be trusted, with what to do about it. */
export function damagedInventory(path: string, finding: string, cause?: unknown): StillpointError {
  return new StillpointError(
    'inventory_damaged',
    `The inventory "${path}" is damaged (${finding}). The VMs and their checkpoints are not lost: move this file and those whose names begin with its name aside, start the daemon and run \`stillpoint inventory rebuild\`.`,
    { details: { path }, cause },
  )
}
