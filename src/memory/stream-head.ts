/**
 * Watches the head of a migration stream (version 3) for the first page of RAM.
 *
 *   u32 magic · u32 version · configuration · 01 section start "ram" with the block list, which ends
 *   with u64 0x10 · footer 7e + u32 section id · then sections with pages
 *
 * The set-up section carries no length; its end is known by its end mark and footer. Source: QEMU's
 * migration/savevm.c and migration/ram.c, version 7.2.
 */
export class StreamHead {
  #head: Buffer = Buffer.alloc(0)
  #seen = false

  /** Takes the next bytes; true once at least one byte of a page section has come. */
  push(chunk: Buffer): boolean {
    if (this.#seen) return true
    this.#head = Buffer.concat([this.#head, chunk])
    const end = setupEnd(this.#head)
    this.#seen = end !== null && this.#head.length > end
    if (this.#seen) this.#head = Buffer.alloc(0)
    return this.#seen
  }
}

const magic = 0x5145564d
const footerBytes = 5

/** Offset of the first byte behind the set-up section; null while the head is not complete. */
function setupEnd(head: Buffer): number | null {
  if (head.length < 4) return null
  if (head.readUInt32BE(0) !== magic) return 0 // not a stream that we know: never hold the guest back for it
  const footer = head.indexOf(0x7e, 8)
  for (let at = footer; at !== -1; at = head.indexOf(0x7e, at + 1)) {
    // The set-up section ends with u64 0x10 (end of section), then 7e and the section's id.
    if (at >= 16 && head.readBigUInt64BE(at - 8) === 0x10n) return at + footerBytes
  }
  return null
}
