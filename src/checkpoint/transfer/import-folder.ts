import { constants } from 'node:fs'
import { lstat, open, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asStorageError } from '../../core/durable-file.ts'
import { messageOf, StillpointError } from '../../core/error.ts'
import { MIB } from '../../core/units.ts'
import { progressFile } from './export-folder.ts'
import { type Manifest, manifestFile, parseManifest } from './manifest.ts'

/** A manifest has a few hundred bytes per file. */
const mostManifestBytes = 64 * MIB

/** A folder that is to become a VM, and what it says of itself. */
export interface ImportFolder {
  /** Without links. */
  readonly path: string
  readonly manifest: Manifest
}

export function exportInvalid(folder: string, what: string, cause?: unknown): StillpointError {
  return new StillpointError('export_invalid', `The export in "${folder}" cannot be imported: ${what}.`, {
    details: { folder },
    cause,
  })
}

/**
 * Reads what a folder says of itself, and whether all files that it names are there, as files of its own, in
 * the right size. Their content is looked at when they are copied. Errors: `export_invalid`, `io_error`.
 */
export async function readImportFolder(folder: string): Promise<ImportFolder> {
  const path = await realpath(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw exportInvalid(folder, 'there is no such folder', error)
    throw asStorageError(error, `The folder "${folder}" cannot be used`)
  })
  const text = await readManifest(path)
  let manifest: Manifest
  try {
    manifest = parseManifest(text)
  } catch (error) {
    throw exportInvalid(path, `its ${manifestFile} cannot be used: ${messageOf(error)}`, error)
  }
  for (const { file, sizeBytes } of manifest.files) {
    const parent = await lstat(join(path, dirname(file))).catch(() => null)
    const found = await lstat(join(path, file)).catch(() => null)
    if (!found) throw exportInvalid(path, `its file "${file}" is missing`)
    if (!found.isFile() || !parent?.isDirectory())
      throw exportInvalid(path, `"${file}" in it is not a file of its own`)
    if (found.size !== sizeBytes)
      throw exportInvalid(path, `its file "${file}" has ${found.size} bytes, and had ${sizeBytes}`)
  }
  return { path, manifest }
}

async function readManifest(path: string): Promise<string> {
  const file = join(path, manifestFile)
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
    async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
        throw asStorageError(error, `"${file}" cannot be read`)
      const isUnfinished = (await lstat(join(path, progressFile)).catch(() => null)) !== null
      const why = isUnfinished
        ? 'it was not finished; run the same export again'
        : `there is no ${manifestFile} in it`
      throw exportInvalid(path, why, error)
    },
  )
  try {
    const stat = await handle.stat()
    if (!stat.isFile() || stat.size > mostManifestBytes)
      throw exportInvalid(path, `its ${manifestFile} is too large, or no file`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}
