import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { crc32, zstdDecompressSync } from 'node:zlib'
import { pageBytes } from '../stream/layout.ts'
import {
  codec,
  decodeFooter,
  decodeHeader,
  type Footer,
  footerBytes,
  frameBytes,
  headerBytes,
  type Section,
  sha256,
} from './format.ts'
import { type FramePlace, ImageIndex } from './index.ts'

/** The image, or another one that it refers to, cannot be read as it was written; the message begins with the file. */
export class ImageError extends Error {
  readonly file: string
  /** The storage failed, not what is on it: another attempt may succeed. */
  readonly isTransient: boolean
  constructor(file: string, what: string, options?: ErrorOptions & { isTransient?: boolean }) {
    super(`Memory image "${file}" ${what}`, options)
    this.name = 'ImageError'
    this.file = file
    this.isTransient = options?.isTransient ?? false
  }
}

/** An image that can be read. Whatever is read is compared with its checksum first. */
export class MemoryImage {
  readonly file: string
  readonly footer: Footer
  /** Of the footer, hexadecimal: the one that the record of the checkpoint keeps. */
  readonly sha256: string
  readonly #handle: FileHandle
  #index: ImageIndex | null = null
  /** By source number; the image itself is not among them. */
  readonly #sources = new Map<number, Promise<FileHandle>>()
  #isClosed = false

  private constructor(file: string, handle: FileHandle, footer: Footer, sha: string) {
    this.file = file
    this.footer = footer
    this.sha256 = sha
    this.#handle = handle
  }

  /** Reads header and footer only. Error: ImageError. */
  static async open(file: string): Promise<MemoryImage> {
    const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
      const isTransient = error.code !== 'ENOENT'
      throw new ImageError(file, isTransient ? `cannot be opened: ${error.code}` : 'is missing', {
        isTransient,
      })
    })
    try {
      const { size } = await handle.stat()
      const header = await readAt(handle, 0, headerBytes)
      const footer = await readAt(handle, Math.max(0, size - footerBytes), footerBytes)
      const decoded = decodeFooter(footer)
      if (decodeHeader(header) !== decoded.imageId) throw new Error('is damaged: its two ids differ')
      return new MemoryImage(file, handle, decoded, sha256(footer).toString('hex'))
    } catch (error) {
      await handle.close()
      throw asImageError(file, error)
    }
  }

  get imageId(): string {
    return this.footer.imageId
  }

  /** Error: ImageError. */
  async index(): Promise<ImageIndex> {
    this.#index ??= await this.#checked(this.footer.index, (bytes) =>
      ImageIndex.decode(zstdDecompressSync(bytes)),
    )
    return this.#index
  }

  /** The device sections of the stream. Error: ImageError. */
  async devices(): Promise<Buffer> {
    return await this.#checked(this.footer.devices, (bytes) => zstdDecompressSync(bytes))
  }

  /** Checksums of the pages that are not zero, in the order of pages. Error: ImageError. */
  async hashes(): Promise<Buffer> {
    return await this.#checked(this.footer.hashes, (bytes) => bytes)
  }

  /** The file that a frame is in. */
  fileOf(index: ImageIndex, { source }: FramePlace): string {
    const named = index.head.sources[source - 1]
    return source === 0 || !named ? this.file : join(dirname(this.file), basename(named.fileName))
  }

  /** The pages of a frame, one behind the other. Error: ImageError. */
  async readFrame(number: number): Promise<Buffer> {
    const { place, file, stored } = await this.storedFrame(number)
    try {
      const pages = place.codec === codec.plain ? stored : zstdDecompressSync(stored, oneRound)
      if (pages.length !== place.pages * pageBytes) throw new Error('is damaged: a frame has another length')
      return pages
    } catch (error) {
      throw asImageError(file, error)
    }
  }

  /** A frame as it is stored, and the file that it is in. Error: ImageError. */
  async storedFrame(number: number): Promise<{ place: FramePlace; file: string; stored: Buffer }> {
    const index = await this.index()
    const place = index.frame(number)
    const file = this.fileOf(index, place)
    try {
      if (place.storedBytes > frameBytes) throw new Error('is damaged: a frame is too long')
      const stored = await readAt(await this.#handleOf(index, place.source), place.offset, place.storedBytes)
      if (crc32(stored) !== place.crc)
        throw new Error(
          `is damaged: ${place.storedBytes} bytes at ${place.offset} do not match their checksum`,
        )
      return { place, file, stored }
    } catch (error) {
      throw asImageError(file, error)
    }
  }

  /** Opens every image that this one refers to, and compares their ids. Error: ImageError. */
  async requireSources(): Promise<void> {
    const index = await this.index()
    await Promise.all(index.head.sources.map((_, at) => this.#handleOf(index, at + 1)))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const handles = await Promise.allSettled(this.#sources.values())
    await this.#handle.close()
    for (const each of handles) if (each.status === 'fulfilled') await each.value.close()
  }

  async #handleOf(index: ImageIndex, source: number): Promise<FileHandle> {
    if (source === 0) return this.#handle
    if (this.#isClosed) throw new Error('was closed while it was being read')
    const present = this.#sources.get(source)
    if (present) return await present
    const opened = this.#openSource(index, source)
    this.#sources.set(source, opened)
    return await opened
  }

  async #openSource(index: ImageIndex, source: number): Promise<FileHandle> {
    const wanted = index.head.sources[source - 1]
    if (!wanted) throw new Error(`is damaged: it has no source ${source}`)
    const file = join(dirname(this.file), basename(wanted.fileName))
    const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
      const isTransient = error.code !== 'ENOENT'
      const what = isTransient ? `cannot be opened: ${error.code}` : 'is missing'
      throw new ImageError(file, `${what}, and "${this.file}" holds pages by referring to it`, {
        isTransient,
      })
    })
    try {
      const found = decodeHeader(await readAt(handle, 0, headerBytes))
      if (found !== wanted.imageId)
        throw new Error(`is image ${found}, not ${wanted.imageId} as "${this.file}" says`)
      return handle
    } catch (error) {
      await handle.close()
      throw asImageError(file, error)
    }
  }

  async #checked<T>(section: Section, decode: (bytes: Buffer) => T): Promise<T> {
    try {
      const stored = await readAt(this.#handle, section.offset, section.storedBytes)
      if (!sha256(stored).equals(section.sha256))
        throw new Error('is damaged: a section does not match its checksum')
      return decode(stored)
    } catch (error) {
      throw asImageError(this.file, error)
    }
  }
}

/** The default is a quarter of a frame. */
const oneRound = { chunkSize: frameBytes }

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, offset + at)
    if (bytesRead === 0) throw new Error('is damaged: it ends early')
    at += bytesRead
  }
  return bytes
}

/** As `EIO`; errors of unpacking have a code too, and are damage. */
const isSystemCode = (code: string | undefined) => code !== undefined && /^E[A-Z]+$/.test(code)

function asImageError(file: string, error: unknown): ImageError {
  if (error instanceof ImageError) return error
  const { code, message } = error as NodeJS.ErrnoException // what is thrown above, or by the file system
  if (isSystemCode(code))
    return new ImageError(file, `cannot be read: ${code}`, { cause: error, isTransient: true })
  return new ImageError(file, message, { cause: error })
}
