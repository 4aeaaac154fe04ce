import type { VmId } from '../core/ids.ts'

/** Written at once for nobody in particular; more would keep the disk from those who wait for theirs. */
const backgroundWidth = 4

/**
 * The order in which copies of records are written: one that somebody waits for at once, all others a few at a time.
 * A VM that changes again before its copy was begun is written once.
 */
export class CopyQueue {
  readonly #write: (vmId: VmId) => Promise<void>
  /** In the order of their coming. */
  readonly #waiting = new Map<VmId, PromiseWithResolvers<void>>()
  readonly #writing = new Map<VmId, Promise<void>>()
  #inBackground = 0

  /** `write` writes what is present when it is called, and never rejects. */
  constructor(write: (vmId: VmId) => Promise<void>) {
    this.#write = write
  }

  /** The record has changed. */
  request(vmId: VmId): void {
    if (!this.#waiting.has(vmId)) this.#waiting.set(vmId, Promise.withResolvers())
    this.#fill()
  }

  /** Resolves when what was requested until now has been written. */
  async settled(vmId: VmId): Promise<void> {
    const waiting = this.#waiting.get(vmId)
    if (!waiting) return await this.#writing.get(vmId)
    await this.#writing.get(vmId) // one at a time on the same file
    if (this.#waiting.get(vmId) === waiting) void this.#begin(vmId, waiting)
    await waiting.promise
  }

  /** Resolves when nothing waits any more. */
  async allSettled(): Promise<void> {
    while (this.#waiting.size + this.#writing.size > 0) {
      await Promise.all([...this.#waiting.values()].map(({ promise }) => promise))
      await Promise.all(this.#writing.values())
    }
  }

  /** The VM is gone. What is being written goes on to its end; `settled` waits for that. */
  forget(vmId: VmId): void {
    this.#waiting.get(vmId)?.resolve()
    this.#waiting.delete(vmId)
  }

  #fill(): void {
    for (const [vmId, waiting] of this.#waiting) {
      if (this.#inBackground >= backgroundWidth) return
      if (this.#writing.has(vmId)) continue // looked at again at the end of that
      this.#inBackground++
      void this.#begin(vmId, waiting).then(() => {
        this.#inBackground--
        this.#fill()
      })
    }
  }

  async #begin(vmId: VmId, { resolve }: PromiseWithResolvers<void>): Promise<void> {
    this.#waiting.delete(vmId)
    const written = this.#write(vmId)
    this.#writing.set(vmId, written)
    await written
    this.#writing.delete(vmId)
    resolve()
    this.#fill()
  }
}
