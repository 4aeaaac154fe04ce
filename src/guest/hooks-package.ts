import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The hooks as they come with Stillpoint: the files of `guest-hooks/`. */
export interface HooksPackage {
  /** By content: the same files have the same one. */
  readonly version: string
  /** In the order in which they may replace earlier ones. */
  readonly files: readonly PackageFile[]
}

export interface PackageFile {
  /** Relative to the folder of the hooks in the guest. */
  readonly path: string
  readonly mode: '755' | '644'
  readonly content: Buffer
}

const folder = fileURLToPath(new URL('../../guest-hooks', import.meta.url))

/** Reads the package from Stillpoint's own installation. */
export async function readHooksPackage(): Promise<HooksPackage> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
  const files = await Promise.all(
    paths.sort().map(async (path): Promise<PackageFile> => {
      const content = await readFile(path)
      const mode = content.subarray(0, 2).toString('latin1') === '#!' ? '755' : '644'
      return { path: relative(folder, path), mode, content }
    }),
  )
  const hash = createHash('sha256')
  for (const { path, content } of files) hash.update(`${path}\0${content.length}\0`).update(content)
  const version = hash.digest('hex').slice(0, 12)
  // Last: an installation that was broken off is told by its version.
  return {
    version,
    files: [...files, { path: 'version', mode: '644', content: Buffer.from(`${version}\n`) }],
  }
}
