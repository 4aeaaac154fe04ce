import { resolve } from 'node:path'
import { StillpointError } from '../core/error.ts'
import type { Context } from './context.ts'

/** The folder that was named, absolute. A blank one, as of a variable that is not set, does not mean the present one. */
export function folderArgument(context: Context, folder: string): string {
  if (folder.trim() !== '') return resolve(context.system.folder, folder)
  throw new StillpointError(
    'invalid_request',
    'The name of the folder is blank; write . for the present one.',
  )
}
