import { stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { asStorageError } from './durable-file.ts'
import { StillpointError } from './error.ts'
import { formatBytes } from './units.ts'

/** The file system that a folder lies on. */
export interface Volume {
  /** Tells one file system from another while the host runs: `st_dev`. */
  readonly device: number
  readonly sizeBytes: number
  /** What this process may still take; what is kept back for root is not in it. */
  readonly freeBytes: number
}

/** One thing that an operation will write. */
export interface SpacePart {
  /** In words, as `memory` or `copy of "/images/base.qcow2"`. */
  readonly what: string
  readonly bytes: number
}

/** The file system of `folder`, which need not exist yet. Error: `io_error`. */
export async function volumeOf(folder: string): Promise<Volume> {
  try {
    const [{ dev }, { bsize, blocks, bavail }] = await Promise.all([stat(folder), statfs(folder)])
    return { device: dev, sizeBytes: blocks * bsize, freeBytes: bavail * bsize }
  } catch (error) {
    const parent = dirname(resolve(folder))
    // Absent on errors that are not the system's own.
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && parent !== folder) return await volumeOf(parent)
    throw asStorageError(error, `The file system of "${folder}" cannot be looked at`)
  }
}

/**
 * Refuses what will not fit, before anything is begun: `disk_full`, with the sum in the message and in
 * `details`. `folder` is where the parts will lie, and need not exist yet. It is a check, not a reservation:
 * whoever writes meets a full disk all the same when others take the space meanwhile.
 */
export async function requireSpace(folder: string, parts: readonly SpacePart[]): Promise<void> {
  const { freeBytes } = await volumeOf(folder)
  const neededBytes = parts.reduce((total, { bytes }) => total + bytes, 0)
  if (neededBytes <= freeBytes) return
  throw new StillpointError(
    'disk_full',
    `${sumInWords(parts)}; "${folder}" has ${formatBytes(freeBytes)} free. ${remedy}`,
    {
      details: { folder, neededBytes, freeBytes, parts },
    },
  )
}

/** A part that lies in a file, which need not exist yet. */
export interface FileSpace extends SpacePart {
  readonly file: string
}

/** As `requireSpace` for files that may lie on several file systems: each has to hold its own. */
export async function requireSpaceFor(parts: readonly FileSpace[]): Promise<void> {
  const folders = new Set(parts.map(({ file }) => dirname(file)))
  const volumes = new Map<string, number>()
  for (const folder of folders) volumes.set(folder, (await volumeOf(folder)).device)
  for (const onOne of Map.groupBy(parts, ({ file }) => volumes.get(dirname(file))).values()) {
    const [first] = onOne
    if (first) await requireSpace(dirname(first.file), summedUp(onOne))
  }
}

/** One part for all of the same name. */
function summedUp(parts: readonly SpacePart[]): SpacePart[] {
  return [...Map.groupBy(parts, ({ what }) => what)].map(([what, same]) => ({
    what,
    bytes: same.reduce((total, { bytes }) => total + bytes, 0),
  }))
}

const remedy =
  'Nothing was begun: free some space, or delete checkpoints that are no longer needed, and try again.'

/** `This needs up to 513 MiB (memory 512 MiB, layers 1 MiB)`. */
function sumInWords(parts: readonly SpacePart[]): string {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  const each = parts.map(({ what, bytes }) => `${what} ${formatBytes(bytes)}`).join(', ')
  return `This needs up to ${formatBytes(total)} (${each})`
}
