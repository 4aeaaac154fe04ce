import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { filesBelow } from './files-below.ts'

export interface KernelModule {
  readonly name: string
  readonly content: Buffer
}

/**
 * `names` and everything they depend on, dependencies first: the order for `insmod`. Names that the
 * kernel has built in, or does not have, are left out. Reads each module's own "depends" note, because
 * `modules.dep` exists only where the kernel package is installed.
 */
export async function loadModules(modulesFolder: string, names: readonly string[]): Promise<KernelModule[]> {
  const files = await moduleFiles(modulesFolder)
  const ordered = new Map<string, KernelModule>()
  const visit = async (name: string): Promise<void> => {
    const path = files.get(name)
    if (!path || ordered.has(name)) return
    const content = await readModule(path)
    for (const each of dependencies(content)) await visit(each)
    ordered.set(name, { name, content })
  }
  for (const name of names) await visit(name)
  return [...ordered.values()]
}

async function moduleFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const path of await filesBelow(join(folder, 'kernel'))) {
    const name = /([^/]+)\.ko(\.xz)?$/.exec(path)?.[1]
    if (name) files.set(normal(name), join(folder, 'kernel', path))
  }
  return files
}

/** Debian 13 ships its modules compressed. Busybox's insmod cannot load those. */
async function readModule(path: string): Promise<Buffer> {
  if (!path.endsWith('.xz')) return readFile(path)
  const { stdout } = await execa('xz', ['-dc', path], { encoding: 'buffer' })
  return Buffer.from(stdout)
}

function dependencies(content: Buffer): string[] {
  const start = content.indexOf('\0depends=')
  if (start < 0) return []
  const text = content.toString('latin1', start + '\0depends='.length, content.indexOf(0, start + 1))
  return text.split(',').filter(Boolean).map(normal)
}

/** The same module is written with `-` in file names and with `_` elsewhere. */
function normal(name: string): string {
  return name.replaceAll('-', '_')
}
