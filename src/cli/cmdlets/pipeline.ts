import { fstatSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import { StillpointError } from '../../core/error.ts'

const limitBytes = 256 * 1024 ** 2

/**
 * All that comes from the command before this one, or from a file; null where nothing does: on a terminal, and where
 * input is a device as /dev/null. Ends when whoever writes does. Error: `invalid_request` for far too much.
 */
export async function readPipeline(stdin: ReadStream): Promise<string | null> {
  if (stdin.isTTY || isDevice(stdin)) return null
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    length += bytes.length
    if (length > limitBytes) {
      throw new StillpointError('invalid_request', `The input has more than ${limitBytes} bytes.`)
    }
  }
  return Buffer.concat(chunks).toString()
}

function isDevice(stdin: ReadStream): boolean {
  return 'fd' in stdin && typeof stdin.fd === 'number' && fstatSync(stdin.fd).isCharacterDevice()
}
