/** More would be read before the guest can go on than it touches in its first moments. */
const mostEarly = 512

/**
 * Tells pages that come before their turn. QEMU sends pages in order, but for those that the guest wants to write to:
 * in a background save it waits for them, and gets them sent first.
 */
export class Arrivals {
  /** The first of those pages, in the order in which they came. */
  readonly early: number[] = []
  readonly #hasCome: Uint8Array
  #next = 0

  constructor(pages: number) {
    this.#hasCome = new Uint8Array(pages)
  }

  /** `page` has come; whether that was before its turn. */
  isEarly(page: number): boolean {
    while (this.#hasCome[this.#next] === 1) this.#next++
    const isEarly = page !== this.#next && this.#hasCome[page] === 0
    this.#hasCome[page] = 1
    if (isEarly && this.early.length < mostEarly) this.early.push(page)
    return isEarly
  }
}
