import { hash } from 'node:crypto'
import { crc32, zstdCompressSync } from 'node:zlib'
import { pageBytes, pageCount, type StreamHead } from '../stream/layout.ts'
import type { AppendFile } from './append-file.ts'
import { Arrivals } from './arrivals.ts'
import {
  codec,
  encodeFooter,
  encodeHeader,
  frameBytes,
  framePages,
  type ImageSource,
  pageHashBytes,
  sha256,
} from './format.ts'
import { FrameTable, frameOfSlot, ImageIndex, placeInFrame, slotOf } from './index.ts'
import type { ParentImage } from './parent.ts'
import { appendSection, compressed, zstd } from './sections.ts'

export interface WriterParts {
  readonly file: AppendFile
  readonly imageId: string
  readonly head: StreamHead
  /** Pages that are equal in it are not stored again. */
  readonly parent: ParentImage | null
  /** Ids of images that no page shall refer to, so that they become needless. */
  readonly avoid: ReadonlySet<string>
  /** A frame was written, or could not be. */
  readonly onMoved: () => void
}

export interface WrittenImage {
  readonly sizeBytes: number
  /** Of the footer, hexadecimal. */
  readonly sha256: string
  readonly sources: readonly ImageSource[]
  readonly storedPages: number
  readonly sharedPages: number
}

/** A frame that does not become smaller than this share of its pages is not worth unpacking. */
const worthwhile = 0.97
/** Memory that cannot be compressed, e.g. a cache of media files, mostly lies together. */
const skipAfterFailure = 7
const noFrame = -1

interface OpenFrame {
  readonly frame: number
  readonly bytes: Buffer
  pages: number
}

/**
 * Writes one image, page by page, in the order in which they come. Pages are compressed as they come;
 * writing goes on behind, and `queuedBytes` says how far behind.
 */
export class ImageWriter {
  readonly #parts: WriterParts
  readonly #slots: Uint32Array
  readonly #hashes: Buffer
  readonly #frames = new FrameTable()
  readonly #sources: ImageSource[] = []
  /** The frame here for each frame of the parent that is referred to. */
  readonly #shared: Int32Array
  /** Frames that are being put together: pages as they come in order, and those that came before their turn. */
  readonly #open: { next: OpenFrame | null; early: OpenFrame | null } = { next: null, early: null }
  readonly #arrivals: Arrivals
  readonly #free: Buffer[] = []
  /** Frames that are stored plain without a look: those before them could not be compressed. */
  #triesToSkip = 0
  #queuedBytes = 0
  #failure: Error | null = null

  constructor(parts: WriterParts) {
    this.#parts = parts
    const pages = pageCount(parts.head.blocks)
    this.#slots = new Uint32Array(pages)
    this.#hashes = Buffer.alloc(pages * pageHashBytes)
    this.#arrivals = new Arrivals(pages)
    this.#shared = new Int32Array(parts.parent?.index.frameCount ?? 0).fill(noFrame)
    parts.file.append(encodeHeader(parts.imageId))
  }

  /** What is not in the file yet. */
  get queuedBytes(): number {
    return this.#failure ? 0 : this.#queuedBytes
  }

  /** Why the image cannot be written; null while it can. */
  get failure(): Error | null {
    return this.#failure
  }

  zeroPage(page: number): void {
    this.#arrivals.isEarly(page)
    this.#slots[page] = 0
  }

  page(page: number, bytes: Buffer): void {
    // As text, and written in place: a buffer for each would cost a quarter of the checksum itself.
    this.#hashes.write(hash('sha256', bytes, 'binary'), page * pageHashBytes, pageHashBytes, 'latin1')
    const place = this.#arrivals.isEarly(page) ? 'early' : 'next'
    this.#slots[page] = this.#sharedSlot(page) || this.#store(bytes, place)
  }

  /** Completes the file, durably. Rejects with why it could not be written. */
  async finish(devices: Buffer): Promise<WrittenImage> {
    const { file, imageId, head } = this.#parts
    for (const open of [this.#open.next, this.#open.early]) if (open) this.#close(open)
    const index = new ImageIndex(
      { ...head, sources: this.#sources, early: this.#arrivals.early },
      this.#slots,
      this.#frames.bytes(),
    )
    const footer = encodeFooter({
      imageId,
      devices: await appendSection(file, await compressed(devices)),
      index: await appendSection(file, await compressed(index.encode())),
      hashes: await appendSection(file, this.#storedHashes()),
    })
    file.append(footer)
    const sizeBytes = await file.finish()
    let storedPages = 0
    let sharedPages = 0
    for (const slot of this.#slots) {
      if (slot === 0) continue
      if (this.#frames.sourceOf(frameOfSlot(slot)) === 0) storedPages++
      else sharedPages++
    }
    return {
      sizeBytes,
      sha256: sha256(footer).toString('hex'),
      sources: this.#sources,
      storedPages,
      sharedPages,
    }
  }

  /** The slot of an equal page of the parent, in terms of this image; 0 when there is none. */
  #sharedSlot(page: number): number {
    const { parent } = this.#parts
    const slot = parent?.index.slots[page] ?? 0
    if (!parent || slot === 0 || !parent.hasPage(page, this.#hashes)) return 0
    const theirs = frameOfSlot(slot)
    let ours = this.#shared[theirs] ?? noFrame
    if (ours === noFrame) {
      const place = parent.index.frame(theirs)
      const source = parent.sourceOf(place)
      if (this.#parts.avoid.has(source.imageId)) return 0
      ours = this.#frames.add()
      this.#frames.set(ours, { ...place, source: this.#sourceNumber(source) })
      this.#shared[theirs] = ours
    }
    return slotOf(ours, placeInFrame(slot))
  }

  #sourceNumber(source: ImageSource): number {
    const known = this.#sources.findIndex(({ imageId }) => imageId === source.imageId)
    return known === -1 ? this.#sources.push(source) : known + 1
  }

  #store(bytes: Buffer, place: 'next' | 'early'): number {
    this.#open[place] ??= {
      frame: this.#frames.add(),
      bytes: this.#free.pop() ?? Buffer.allocUnsafeSlow(frameBytes),
      pages: 0,
    }
    const open = this.#open[place]
    bytes.copy(open.bytes, open.pages * pageBytes)
    const slot = slotOf(open.frame, open.pages++)
    if (open.pages === framePages) {
      this.#open[place] = null
      this.#close(open)
    }
    return slot
  }

  #close({ frame, bytes, pages }: OpenFrame): void {
    const plain = bytes.subarray(0, pages * pageBytes)
    const packed = this.#triesToSkip > 0 ? plain : zstdCompressSync(plain, zstd)
    const isSmaller = packed.length < plain.length * worthwhile
    if (isSmaller) this.#free.push(bytes)
    this.#triesToSkip = isSmaller ? 0 : this.#triesToSkip > 0 ? this.#triesToSkip - 1 : skipAfterFailure
    const stored = isSmaller ? packed : plain
    this.#queuedBytes += stored.length
    const offset = this.#parts.file.append(stored, (error) => {
      this.#queuedBytes -= stored.length
      if (!isSmaller) this.#free.push(bytes)
      this.#failure ??= error
      this.#parts.onMoved()
    })
    this.#frames.set(frame, {
      source: 0,
      offset,
      storedBytes: stored.length,
      pages,
      codec: isSmaller ? codec.zstd : codec.plain,
      crc: crc32(stored),
    })
  }

  /** Checksums of the pages that are not zero, in the order of pages. */
  #storedHashes(): Buffer {
    const stored = Buffer.alloc(this.#hashes.length)
    let at = 0
    for (let page = 0; page < this.#slots.length; page++) {
      if (this.#slots[page] === 0) continue
      this.#hashes.copy(stored, at, page * pageHashBytes, (page + 1) * pageHashBytes)
      at += pageHashBytes
    }
    return stored.subarray(0, at)
  }
}
