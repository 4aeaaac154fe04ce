/**
 * Things that take long to make and never change for the same key: the test guest, a second QEMU.
 * A folder is either absent or complete: it is made elsewhere and renamed into place.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where everything that can be made again lives. `STILLPOINT_CACHE` overrides it. */
export function cacheFolder(): string {
  if (process.env.STILLPOINT_CACHE) return process.env.STILLPOINT_CACHE
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'stillpoint')
}

/**
 * The folder `<cache>/<name>`, made by `make` in an empty folder when it is not there yet. Atomic: a
 * crash leaves no half-made folder. Processes that want the same one at once wait for the first.
 */
export async function cachedFolder(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const target = join(cacheFolder(), name)
  if (existsSync(target)) return target
  await mkdir(cacheFolder(), { recursive: true })
  const unlock = await lock(`${target}.lock`)
  try {
    if (!existsSync(target)) await makeInto(target, make)
  } finally {
    await unlock()
  }
  return target
}

async function makeInto(target: string, make: (folder: string) => Promise<void>): Promise<void> {
  const temporary = await mkdtemp(`${target}.making-`)
  try {
    await make(temporary)
    await rename(temporary, target)
  } catch (error) {
    // Another process may have been first in spite of the lock (it is only there to save work).
    if (!existsSync(target)) throw error
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(String(process.pid))
      await file.close()
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    await sleep(100)
    if (await holderIsGone(path)) await rm(path, { force: true })
  }
}

async function holderIsGone(path: string): Promise<boolean> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''))
  // Not written yet, or just removed: ask again later.
  if (!pid) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
