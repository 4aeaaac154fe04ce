import { createHash } from 'node:crypto'
import { chmod, constants, copyFile, type FileHandle, open } from 'node:fs/promises'
import { syncPath } from '../../core/durable-file.ts'
import { helperMain, type OnBytes } from '../../core/helper-main.ts'
import type { Copied, CopyOrder } from './copy-file.ts'

/**
 * The process that copies a file, takes its SHA-256, or both, in one pass. Where the file system can, the
 * copy shares its blocks with the original, and is then read for the checksum only. Holes stay holes.
 */
const pieceBytes = 1024 * 1024
const nothing = Buffer.alloc(pieceBytes)

async function isCloned(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
    await chmod(to, 0o600)
    await syncPath(to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // of the calls above
    if (code === 'EEXIST' || code === 'ENOSPC' || code === 'EDQUOT') throw error
    return false // another file system, or one that cannot
  }
}

async function pass(source: FileHandle, target: FileHandle | null, onBytes: OnBytes): Promise<Copied> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(pieceBytes)
  for (let at = 0; ; ) {
    const { bytesRead } = await source.read(buffer, 0, pieceBytes, at)
    if (bytesRead === 0) return { sizeBytes: at, sha256: hash.digest('hex') }
    const piece = buffer.subarray(0, bytesRead)
    hash.update(piece)
    if (target && !piece.equals(nothing.subarray(0, bytesRead))) await writeAll(target, piece, at)
    at += bytesRead
    onBytes(at)
  }
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

await helperMain<CopyOrder>(async ({ from, to }, onBytes) => {
  // No link is followed, and nothing waits for somebody to write into a pipe.
  await using source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  if (!(await source.stat()).isFile()) throw new Error(`"${from}" is not a file`)
  if (to === null) return await pass(source, null, onBytes)
  if (await isCloned(from, to)) {
    await using clone = await open(to)
    return await pass(clone, null, onBytes)
  }
  await using target = await open(to, 'wx', 0o600)
  const copied = await pass(source, target, onBytes)
  await target.truncate(copied.sizeBytes)
  await target.sync()
  return copied
})
