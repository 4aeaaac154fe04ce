import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StillpointError } from './error.ts'

/** Makes the content of a file, or the names in a folder, survive a power loss. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Replaces `path` by `content`, whole or not at all: temporary name, fsync, rename, fsync of the folder. */
export async function writeFileDurably(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.new`
  try {
    const handle = await open(temporary, 'w', mode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    await syncPath(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}) // the first error says what is wrong
    throw asStorageError(error, `"${path}" cannot be written`)
  }
}

/** Removes a file; one that is gone already is fine. The caller syncs the folder where that matters. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
}

/** Removes a file, or a folder with all that is in it; what is gone already is fine. */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}

/** Bytes that a file occupies; null when it does not exist or cannot be looked at. */
export async function allocatedBytes(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null)
  return found && found.blocks * 512
}

/** An error of the operating system as `disk_full` or `io_error`; our own errors pass through, others are `internal`. */
export function asStorageError(error: unknown, what: string): StillpointError {
  if (error instanceof StillpointError) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code // absent on other errors
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const reason = full ? 'the file system is full; free some space and try again' : (code ?? String(error))
  const kind = full ? 'disk_full' : code === undefined ? 'internal' : 'io_error'
  return new StillpointError(kind, `${what}: ${reason}.`, { cause: error })
}
