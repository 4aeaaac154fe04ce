import { frameOfSlot, type ImageIndex, placeInFrame } from '../image/index.ts'
import type { MemoryImage } from '../image/reader.ts'
import { pageBytes, pageCount, type RamBlock } from '../stream/layout.ts'
import type { SentPage } from '../stream/writer.ts'

interface PlacedBlock extends RamBlock {
  /** Number of its first page. */
  readonly first: number
}

/**
 * The pages of an image, and which of them were sent: a page that is sent twice ends a postcopy. About
 * 1.3 MiB per GiB of memory, besides the index.
 */
export class PageSource {
  readonly #image: MemoryImage
  readonly #index: ImageIndex
  readonly blocks: readonly PlacedBlock[]
  /** Pages that are not zero. */
  readonly total: number
  /** Of `total`, those that were sent. */
  sent = 0
  readonly #isSent: Uint8Array
  /** Pages in the order of their frames; those of frame f begin at `#begin[f]` and end at `#begin[f + 1]`. */
  readonly #pages: Uint32Array
  readonly #begin: Uint32Array
  readonly #isPlanned: Uint8Array
  #cursor = 0

  private constructor(image: MemoryImage, index: ImageIndex) {
    this.#image = image
    this.#index = index
    let first = 0
    this.blocks = index.head.blocks.map((block) => {
      const placed = { ...block, first }
      first += block.bytes / pageBytes
      return placed
    })
    this.#isSent = new Uint8Array(pageCount(index.head.blocks))
    this.#isPlanned = new Uint8Array(index.frameCount)
    const begin = new Uint32Array(index.frameCount + 2)
    for (const slot of index.slots) if (slot !== 0) add(begin, frameOfSlot(slot) + 2, 1)
    for (let frame = 0; frame < index.frameCount; frame++) add(begin, frame + 2, begin[frame + 1] ?? 0)
    this.total = begin[index.frameCount + 1] ?? 0
    this.#pages = new Uint32Array(this.total)
    for (let page = 0; page < index.slots.length; page++) {
      const slot = index.slots[page] ?? 0
      if (slot === 0) continue
      // Counting up from where its frame begins leaves, at the end, where the next one does.
      const at = begin[frameOfSlot(slot) + 1] ?? 0
      this.#pages[at] = page
      begin[frameOfSlot(slot) + 1] = at + 1
    }
    this.#begin = begin
  }

  /** Error: ImageError. */
  static async open(image: MemoryImage): Promise<PageSource> {
    return new PageSource(image, await image.index())
  }

  /** Number of the page at `start` in a block. Error: Error when there is none. */
  pageAt(block: string, start: number): number {
    const found = this.blocks.find(({ name }) => name === block)
    if (!found || start >= found.bytes) throw new Error(`QEMU asks for byte ${start} of "${block}"`)
    return found.first + Math.floor(start / pageBytes)
  }

  isSent(page: number): boolean {
    return this.#isSent[page] === 1
  }

  /** The frame that holds the page; null for a zero page. */
  frameOf(page: number): number | null {
    const slot = this.#index.slots[page] ?? 0
    return slot === 0 ? null : frameOfSlot(slot)
  }

  /** Error: ImageError. */
  readFrame(frame: number): Promise<Buffer> {
    return this.#image.readFrame(frame)
  }

  /** What of a frame was not sent yet, `urgent` first. It counts as sent from now on. */
  takeFrame(frame: number, content: Buffer, urgent = -1): SentPage[] {
    const taken: SentPage[] = []
    for (let at = this.#begin[frame] ?? 0; at < (this.#begin[frame + 1] ?? 0); at++) {
      const page = this.#pages[at] ?? 0
      if (this.#isSent[page]) continue
      const from = placeInFrame(this.#index.slots[page] ?? 0) * pageBytes
      const sent = this.#take(page, content.subarray(from, from + pageBytes))
      if (page === urgent) taken.unshift(sent)
      else taken.push(sent)
      this.sent++
    }
    return taken
  }

  /** Of a frame, these pages alone, where they were not sent yet. They count as sent from now on. */
  takePages(frame: number, content: Buffer, pages: readonly number[]): SentPage[] {
    const taken: SentPage[] = []
    for (const page of pages) {
      if (this.#isSent[page] || this.frameOf(page) !== frame) continue
      const from = placeInFrame(this.#index.slots[page] ?? 0) * pageBytes
      taken.push(this.#take(page, content.subarray(from, from + pageBytes)))
      this.sent++
    }
    return taken
  }

  /** Pages by frame, without those that are zero or do not exist. */
  framesOf(pages: readonly number[]): Map<number, number[]> {
    const stored = pages.filter((page) => this.frameOf(page) !== null)
    return Map.groupBy(stored, (page) => this.frameOf(page) ?? 0)
  }

  /** A page that is zero. It counts as sent from now on. */
  takeZeroPage(page: number): SentPage {
    return this.#take(page, null)
  }

  /** Up to `count` frames of which something is left, in the order of pages; none when all was planned. */
  planFrames(count: number): number[] {
    const frames: number[] = []
    const { slots } = this.#index
    for (; this.#cursor < slots.length && frames.length < count; this.#cursor++) {
      const slot = slots[this.#cursor] ?? 0
      if (slot === 0 || this.#isSent[this.#cursor]) continue
      const frame = frameOfSlot(slot)
      if (this.#isPlanned[frame]) continue
      this.#isPlanned[frame] = 1
      frames.push(frame)
    }
    return frames
  }

  /** Zero pages from `page` on, `count` at most, and where to go on; for a load that must send all of them. */
  takeZeroPages(page: number, count: number): { pages: SentPage[]; next: number } {
    const pages: SentPage[] = []
    let next = page
    for (; next < this.#isSent.length && pages.length < count; next++) {
      if (this.#index.slots[next] === 0) pages.push(this.takeZeroPage(next))
    }
    return { pages, next }
  }

  /** After a broken connection: what has arrived is not sent again. */
  setReceived(block: string, bitmap: Buffer): void {
    const found = this.blocks.find(({ name }) => name === block)
    if (!found) throw new Error(`QEMU tells of block "${block}", which the image does not have`)
    for (let page = 0; page < found.bytes / pageBytes; page++) {
      if (((bitmap[page >> 3] ?? 0) & (1 << (page & 7))) === 0) continue
      this.#isSent[found.first + page] = 1
      if (this.#index.slots[found.first + page] !== 0) this.sent++
    }
  }

  #take(page: number, bytes: Buffer | null): SentPage {
    const block = this.blocks.findLast(({ first }) => first <= page)
    if (!block) throw new Error(`there is no page ${page}`)
    this.#isSent[page] = 1
    return { block, page: page - block.first, bytes }
  }
}

function add(counts: Uint32Array, at: number, amount: number): void {
  counts[at] = (counts[at] ?? 0) + amount
}
