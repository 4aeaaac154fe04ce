import { close, fsync, openSync, statfs, unlink, writev } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { MIB } from '../../core/units.ts'

/** Left free on the file system: a guest whose own write finds no space stands still. */
const reserveBytes = 16 * MIB
/** How much is written before the free space is looked at again. */
const spaceCheckBytes = 8 * MIB
const mostBuffers = 256

type Done = (error: Error | null) => void

/**
 * A file that is only appended to. Appending never waits for the disk: writes follow each other in the
 * background, and each append is told when it was written.
 */
export class AppendFile {
  readonly path: string
  readonly #fd: number
  #end = 0
  #written = 0
  #checkedAt = -spaceCheckBytes
  #queue: { bytes: Buffer; done: Done }[] = []
  #isWriting = false
  #isSyncing = false
  #isRemoved = false
  #isClosed = false
  #failure: Error | null = null

  /** Error: those of open(2); a file that exists is left alone. */
  constructor(path: string) {
    this.path = path
    this.#fd = openSync(path, 'wx', 0o600)
  }

  /** Returns the offset of `bytes`, which must not change until `done`. */
  append(bytes: Buffer, done: Done = () => {}): number {
    const offset = this.#end
    this.#end += bytes.length
    this.#queue.push({ bytes, done })
    if (!this.#isWriting) void this.#write()
    return offset
  }

  /** Waits for what was appended, and makes it durable; its size. Rejects with what went wrong. */
  async finish(): Promise<number> {
    const written = new Promise<void>((resolve, reject) => {
      this.append(Buffer.alloc(0), (error) => (error ? reject(error) : resolve()))
    })
    await written
    this.#isSyncing = true
    try {
      await promisify(fsync)(this.#fd)
    } finally {
      this.#isSyncing = false
      await this.#close()
    }
    if (this.#failure) throw this.#failure
    return this.#end
  }

  /**
   * Removes the file; resolves when its name is gone. Its space is given back when a write that is under way has
   * ended. Waits in the background only: on a disk that stands still, this process must not.
   */
  remove(): Promise<void> {
    this.#failure ??= new Error('the file was removed')
    this.#isRemoved = true
    void this.#close()
    return new Promise((resolve) => unlink(this.path, () => resolve()))
  }

  /** Once, and not while the system still works with the descriptor: its number could be another file's by then. */
  async #close(): Promise<void> {
    if (this.#isClosed || this.#isWriting || this.#isSyncing) return
    this.#isClosed = true
    await new Promise<void>((resolve) => close(this.#fd, () => resolve()))
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, mostBuffers)
      if (!this.#failure) await this.#writeBatch(batch.map(({ bytes }) => bytes)).catch(this.#fail)
      for (const { done } of batch) done(this.#failure)
    }
    this.#isWriting = false
    if (this.#isRemoved) void this.#close()
  }

  readonly #fail = (error: Error) => {
    this.#failure ??= error
  }

  async #writeBatch(buffers: readonly Buffer[]): Promise<void> {
    if (this.#written - this.#checkedAt >= spaceCheckBytes) await this.#refuseLastSpace()
    let rest = buffers.filter(({ length }) => length > 0)
    while (rest.length > 0) {
      const bytesWritten = await writeAt(this.#fd, rest, this.#written)
      this.#written += bytesWritten
      rest = behind(rest, bytesWritten)
    }
  }

  async #refuseLastSpace(): Promise<void> {
    const { bavail, bsize } = await promisify(statfs)(dirname(this.path))
    this.#checkedAt = this.#written
    if (bavail * bsize >= reserveBytes + spaceCheckBytes) return
    const message = `only ${bavail * bsize} bytes are free, and ${reserveBytes + spaceCheckBytes} are left to the guests`
    throw Object.assign(new Error(message), { code: 'ENOSPC' })
  }
}

function writeAt(fd: number, buffers: readonly Buffer[], position: number): Promise<number> {
  return new Promise((resolve, reject) =>
    writev(fd, buffers, position, (error, bytesWritten) => (error ? reject(error) : resolve(bytesWritten))),
  )
}

/** What is left of `buffers` behind the first `bytes`. */
function behind(buffers: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes
  return buffers.flatMap((buffer) => {
    const skipped = Math.min(skip, buffer.length)
    skip -= skipped
    return skipped === buffer.length ? [] : [buffer.subarray(skipped)]
  })
}
