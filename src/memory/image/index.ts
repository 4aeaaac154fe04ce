import { pageCount } from '../stream/layout.ts'
import { frameEntryBytes, framePages, type IndexHead } from './format.ts'

/** Where a frame is stored. */
export interface FramePlace {
  /** 0 for the image itself, else one more than its place in `sources`. */
  readonly source: number
  readonly offset: number
  readonly storedBytes: number
  readonly codec: number
  /** Pages that were stored together, though some may have got another content since. */
  readonly pages: number
  /** CRC-32 of what is stored. */
  readonly crc: number
}

/** Where each page of an image is. One figure per page and 24 bytes per frame: about 1.4 MiB per GiB of memory. */
export class ImageIndex {
  readonly head: IndexHead
  /** Per page: 0 when it is zero, else 1 + frame × 16 + its place in the frame. */
  readonly slots: Uint32Array
  readonly #frames: Buffer

  constructor(head: IndexHead, slots: Uint32Array, frames: Buffer) {
    this.head = head
    this.slots = slots
    this.#frames = frames
  }

  get frameCount(): number {
    return this.#frames.length / frameEntryBytes
  }

  frame(number: number): FramePlace {
    const at = number * frameEntryBytes
    return {
      source: this.#frames.readUInt16LE(at),
      pages: this.#frames.readUInt8(at + 2),
      codec: this.#frames.readUInt8(at + 3),
      storedBytes: this.#frames.readUInt32LE(at + 4),
      offset: Number(this.#frames.readBigUInt64LE(at + 8)),
      crc: this.#frames.readUInt32LE(at + 16),
    }
  }

  encode(): Buffer {
    const head = Buffer.from(JSON.stringify(this.head))
    const lengths = Buffer.alloc(12)
    lengths.writeUInt32LE(head.length, 0)
    lengths.writeUInt32LE(this.frameCount, 4)
    lengths.writeUInt32LE(this.slots.length, 8)
    // As differences: pages that follow each other mostly do so in their frames too, which compresses to nothing.
    const steps = new Uint32Array(this.slots.length)
    for (let page = 0, before = 0; page < steps.length; page++) {
      const slot = this.slots[page] ?? 0
      steps[page] = slot - before
      before = slot
    }
    return Buffer.concat([lengths, head, this.#frames, Buffer.from(steps.buffer)])
  }

  /** The bytes match their checksum, so what is wrong in them is a mistake of ours. Error: Error. */
  static decode(bytes: Buffer): ImageIndex {
    const [headBytes, frames, pages] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)]
    const framesAt = 12 + headBytes
    const stepsAt = framesAt + frames * frameEntryBytes
    const head: IndexHead = JSON.parse(bytes.toString('utf8', 12, framesAt))
    if (bytes.length !== stepsAt + pages * 4 || pages !== pageCount(head.blocks))
      throw new Error('is damaged: the lengths in its index do not fit')
    const slots = new Uint32Array(pages)
    const most = frames * framePages
    for (let page = 0, slot = 0; page < pages; page++) {
      slot = (slot + bytes.readUInt32LE(stepsAt + page * 4)) >>> 0
      if (slot > most) throw new Error('is damaged: its index names a frame that does not exist')
      slots[page] = slot
    }
    return new ImageIndex(head, slots, bytes.subarray(framesAt, stepsAt))
  }
}

/** The table of frames of an image that is being written. */
export class FrameTable {
  #bytes: Buffer = Buffer.alloc(1024 * frameEntryBytes)
  count = 0

  /** A new frame, whose place is not known yet. */
  add(): number {
    const needed = (this.count + 1) * frameEntryBytes
    if (this.#bytes.length < needed) {
      this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2)
    }
    return this.count++
  }

  set(number: number, place: FramePlace): void {
    const at = number * frameEntryBytes
    this.#bytes.writeUInt16LE(place.source, at)
    this.#bytes.writeUInt8(place.pages, at + 2)
    this.#bytes.writeUInt8(place.codec, at + 3)
    this.#bytes.writeUInt32LE(place.storedBytes, at + 4)
    this.#bytes.writeBigUInt64LE(BigInt(place.offset), at + 8)
    this.#bytes.writeUInt32LE(place.crc, at + 16)
  }

  sourceOf(number: number): number {
    return this.#bytes.readUInt16LE(number * frameEntryBytes)
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.count * frameEntryBytes)
  }
}

export const slotOf = (frame: number, place: number) => 1 + frame * framePages + place
export const frameOfSlot = (slot: number) => Math.floor((slot - 1) / framePages)
export const placeInFrame = (slot: number) => (slot - 1) % framePages
