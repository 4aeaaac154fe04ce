import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StillpointError } from '../core/error.ts'
import { isBusy, translated } from './sqlite-error.ts'

export interface HomeLock {
  release(): void
}

/**
 * Makes this process the one daemon of a home folder. The lock is a lock of the kernel on
 * `<folder>/daemon.lock`, held through SQLite: it ends with the process, however that ends, and the file
 * that stays behind locks nothing.
 * Errors: `daemon_running`; `io_error` when the folder cannot be written.
 */
export function lockHome(folder: string): HomeLock {
  const path = join(folder, 'daemon.lock')
  const connection = translated(path, () => new DatabaseSync(path, { timeout: 0 }))
  try {
    translated(path, () => connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE'))
  } catch (error) {
    connection.close()
    const cause = error instanceof Error ? error.cause : undefined
    if (!isBusy(cause)) throw error
    throw new StillpointError('daemon_running', `Another daemon already serves "${folder}".`, {
      details: { home: folder },
      cause,
    })
  }
  return { release: () => connection.close() }
}
