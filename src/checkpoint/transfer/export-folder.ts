import { mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { asStorageError, removeFile, syncPath, writeFileDurably } from '../../core/durable-file.ts'
import { StillpointError } from '../../core/error.ts'
import { manifestFile } from './manifest.ts'

/** What of an unfinished export is done; it goes when `export.json` comes. */
export const progressFile = 'export.partial.json'

/** What is exported: an export goes on only if it is the same. */
export interface ExportKey {
  readonly vmId: string
  readonly checkpointId: string
  readonly layout: string
  readonly memory: boolean
}

export interface FinishedFile {
  readonly file: string
  readonly sizeBytes: number
  readonly sha256: string
  /** What it was made of. */
  readonly source: string
}

const progressSchema = z.object({
  format: z.literal(1),
  key: z.object({ vmId: z.string(), checkpointId: z.string(), layout: z.string(), memory: z.boolean() }),
  files: z.array(z.object({ file: z.string(), sizeBytes: z.int(), sha256: z.string(), source: z.string() })),
})

/** Files on their way have this in their names. */
export const partialMark = '.partial-'

/** The folder that an export is written to. */
export class ExportFolder {
  /** Without links. */
  readonly path: string
  readonly #key: ExportKey
  #finished: readonly FinishedFile[]

  private constructor(path: string, key: ExportKey, finished: readonly FinishedFile[]) {
    this.path = path
    this.#key = key
    this.#finished = finished
  }

  /**
   * Takes a folder that is new, empty, or that of the same export, unfinished; of the latter it says what is
   * finished. Nothing is written but the folder itself. Errors: `invalid_request` within `home`; `folder_in_use`.
   */
  static async open(folder: string, key: ExportKey, home: string): Promise<ExportFolder> {
    // Before it is made: nothing shall be left in the home folder.
    await refuseWithin(home, await existingPart(folder), folder)
    await makeFolder(resolve(folder)).catch((error) => {
      throw asStorageError(error, `The folder "${folder}" cannot be made`)
    })
    const path = await realpath(folder)
    const entries = await readdir(path).catch((error) => {
      throw asStorageError(error, `The folder "${folder}" cannot be read`)
    })
    if (entries.length === 0) return new ExportFolder(path, key, [])
    const refuse = (what: string) => {
      throw new StillpointError('folder_in_use', `The folder "${path}" ${what}; name another one.`, {
        details: { folder: path },
      })
    }
    if (entries.includes(manifestFile)) refuse('holds a finished export already')
    if (!entries.includes(progressFile)) refuse(`is not empty: it holds "${entries.toSorted()[0]}"`)
    const progress = await readProgress(join(path, progressFile))
    if (!progress) refuse('holds an unfinished export that cannot be gone on with')
    if (progress && JSON.stringify(progress.key) !== JSON.stringify(key))
      refuse('holds an unfinished export of something else, or in another form')
    return new ExportFolder(path, key, progress?.files ?? [])
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** The entry of a file that an earlier attempt made of the same source. */
  finished(name: string, source: string): FinishedFile | undefined {
    return this.#finished.find((each) => each.file === name && each.source === source)
  }

  /** Says whose the folder is, and removes what is half written. Files come after this. */
  async begin(names: readonly string[]): Promise<void> {
    for (const folder of new Set(names.map(dirname))) {
      await mkdir(this.file(folder), { recursive: true, mode: 0o700 })
      for (const entry of await readdir(this.file(folder))) {
        if (entry.includes(partialMark)) await removeFile(join(this.file(folder), entry))
      }
    }
    await this.#write(this.#finished.filter(({ file }) => names.includes(file)))
  }

  /** The file has its name, and is on record. */
  async add(finished: FinishedFile): Promise<void> {
    await syncPath(dirname(this.file(finished.file)))
    await this.#write([...this.#finished.filter(({ file }) => file !== finished.file), finished])
  }

  /** Removes files of an earlier attempt that are not part of it, then writes the manifest: from then on it is an export. */
  async complete(manifest: string, names: readonly string[]): Promise<void> {
    for (const folder of new Set(['disks', 'memory', 'tpm', 'boot'])) {
      for (const entry of await readdir(this.file(folder)).catch(() => [])) {
        if (!names.includes(join(folder, entry)))
          await rm(join(this.file(folder), entry), { recursive: true, force: true })
      }
    }
    await syncPath(this.path)
    await syncPath(dirname(this.path))
    await writeFileDurably(this.file(manifestFile), manifest)
    await removeFile(this.file(progressFile))
  }

  async #write(files: readonly FinishedFile[]): Promise<void> {
    this.#finished = files
    const text = JSON.stringify({ format: 1, key: this.#key, files }, null, 1)
    await writeFileDurably(this.file(progressFile), `${text}\n`)
  }
}

async function readProgress(file: string) {
  const text = await readFile(file, 'utf8')
  try {
    return progressSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/**
 * With those above it that are missing. Node's own recursion never ends where a folder refuses a new one with ENOENT
 * although it is there, as those of /proc do, and one that was unlinked.
 */
async function makeFolder(folder: string): Promise<void> {
  const isMade = await mkdir(folder, { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return true
      if (error.code === 'ENOENT' && dirname(folder) !== folder) return false
      throw error
    },
  )
  if (isMade) return
  await makeFolder(dirname(folder))
  await mkdir(folder, { mode: 0o700 })
}

/** The path without links, as far as it exists. */
async function existingPart(folder: string): Promise<string> {
  const path = resolve(folder)
  try {
    return await realpath(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path)
      throw asStorageError(error, `The folder "${folder}" cannot be used`)
    return join(await existingPart(dirname(path)), basename(path))
  }
}

async function refuseWithin(home: string, path: string, folder: string): Promise<void> {
  const own = await realpath(home)
  if (path !== own && !path.startsWith(`${own}/`)) return
  throw new StillpointError(
    'invalid_request',
    `The folder "${folder}" lies in the home folder "${home}", which belongs to the daemon; name another one.`,
    { details: { folder } },
  )
}
