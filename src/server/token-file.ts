import { readFile, stat } from 'node:fs/promises'
import { asStorageError, writeFileDurably } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import type { Log } from '../core/log.ts'
import { randomSecret } from '../core/random-ids.ts'

/**
 * The token of whoever comes over TCP. A file that does not exist is made, with a random token of 256 bits.
 * Errors: `invalid_request` when the file holds none; `io_error`, `disk_full`.
 */
export async function readOrMakeToken(file: string, log: Log): Promise<string> {
  const found = await read(file)
  if (found === null) {
    const made = randomSecret()
    await writeFileDurably(file, `${made}\n`)
    return made
  }
  const token = found.trim()
  if (token === '' || /\s/.test(token)) {
    throw new StillpointError(
      'invalid_request',
      `The file "${file}" has to hold one token and nothing else. Remove it, and the daemon makes a new one.`,
    )
  }
  const { mode } = await stat(file)
  if (mode & 0o077) {
    log.warn(
      { file, mode: (mode & 0o777).toString(8) },
      'other users can read the token, and with it do everything; chmod 600 the file',
    )
  }
  return token
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw asStorageError(error, `The token "${file}" cannot be read`)
  }
}
