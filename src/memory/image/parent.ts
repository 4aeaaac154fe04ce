import { basename } from 'node:path'
import { type ImageSource, pageHashBytes } from './format.ts'
import type { FramePlace, ImageIndex } from './index.ts'
import type { MemoryImage } from './reader.ts'

/** An earlier image of the same machine, by whose checksums equal pages are found. About 5 MiB per GiB of memory, besides the index. */
export class ParentImage {
  readonly index: ImageIndex
  readonly #itself: ImageSource
  readonly #hashes: Buffer
  /** Per page, the place of its checksum; of no meaning for a zero page. */
  readonly #ordinals: Uint32Array

  private constructor(itself: ImageSource, index: ImageIndex, hashes: Buffer) {
    this.#itself = itself
    this.index = index
    this.#hashes = hashes
    this.#ordinals = new Uint32Array(index.slots.length)
    let ordinal = 0
    for (let page = 0; page < index.slots.length; page++) {
      this.#ordinals[page] = ordinal
      if (index.slots[page] !== 0) ordinal++
    }
    if (ordinal * pageHashBytes !== hashes.length) throw new Error('the checksums of its pages do not fit')
  }

  /** Error: ImageError, or Error when its sections do not fit together. */
  static async read(image: MemoryImage): Promise<ParentImage> {
    const itself = { imageId: image.imageId, fileName: basename(image.file) }
    return new ParentImage(itself, await image.index(), await image.hashes())
  }

  /** Whether the page, which is not zero there, has the checksum that `hashes` holds for it, one per page. */
  hasPage(page: number, hashes: Buffer): boolean {
    const theirs = (this.#ordinals[page] ?? 0) * pageHashBytes
    const ours = page * pageHashBytes
    return hashes.compare(this.#hashes, theirs, theirs + pageHashBytes, ours, ours + pageHashBytes) === 0
  }

  /** The image that holds a frame of this one. */
  sourceOf({ source }: FramePlace): ImageSource {
    return this.index.head.sources[source - 1] ?? this.#itself
  }
}
