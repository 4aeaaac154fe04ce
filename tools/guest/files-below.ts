import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** The paths, relative to `folder` and sorted, of every plain file in it and below. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = found.filter((each) => each.isFile())
  return files.map((each) => relative(folder, join(each.parentPath, each.name))).sort()
}
