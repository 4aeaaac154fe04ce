import { once } from 'node:events'
import { lstatSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:net'
import { messageOf, StillpointError } from '../../core/error.ts'

/** `sun_path` of Linux has 108 bytes, the last of which is zero. */
const maxPathBytes = 107

/**
 * Listens on a Unix socket that only its owner can open. A socket that an ended daemon left behind is
 * replaced; whoever calls holds the lock of the home folder, so no other daemon listens on it.
 * Error: `io_error`.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new StillpointError(
      'io_error',
      `The path of the socket "${path}" is too long: Linux allows ${maxPathBytes} bytes. Choose a shorter home folder.`,
    )
  }
  try {
    removeStaleSocket(path)
    const listening = once(server, 'listening')
    // The socket is made within this call, so nothing else is created under this mask.
    const mask = process.umask(0o177)
    try {
      server.listen(path)
    } finally {
      process.umask(mask)
    }
    await listening
  } catch (error) {
    throw new StillpointError('io_error', `Cannot listen on "${path}": ${messageOf(error)}.`, {
      cause: error,
    })
  }
}

function removeStaleSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isSocket()) throw new Error('a file that is not a socket has this name')
  unlinkSync(path)
}
