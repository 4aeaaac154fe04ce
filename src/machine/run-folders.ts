import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Removes the folders of processes that are gone, with their logs; `keep` is that of the one that lives. */
export async function removeRunFolders(folder: string, keep: string | null): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (path !== keep) await rm(path, { recursive: true, force: true })
  }
}
