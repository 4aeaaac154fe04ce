/** What a QEMU that loads memory says back. Source: QEMU's migration/migration.c, `enum mig_rp_message_type`. */
export type ReturnMessage =
  | { readonly kind: 'shut'; readonly failed: boolean }
  | { readonly kind: 'pong'; readonly value: number }
  /** Bytes from `start` within the block are wanted now. */
  | { readonly kind: 'request'; readonly block: string; readonly start: number; readonly length: number }
  /** One bit per page of the block: it has arrived. */
  | { readonly kind: 'received'; readonly block: string; readonly bitmap: Buffer }
  | { readonly kind: 'resumed' }

const type = { shut: 1, pong: 2, requestInBlock: 3, request: 4, receivedBitmap: 5, resumeAck: 6 } as const
const bitmapEnd = 0x0123456789abcdefn
const mostBitmapBytes = 2 ** 32

/** Takes the return path apart as it comes. */
export class ReturnPathReader {
  #rest: Buffer = Buffer.alloc(0)
  #block = ''

  /** Messages that are complete now. Error: Error when the other side says something that is not known. */
  push(chunk: Buffer): ReturnMessage[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const messages: ReturnMessage[] = []
    for (;;) {
      const taken = this.#take(this.#rest)
      if (!taken) return messages
      this.#rest = this.#rest.subarray(taken.bytes)
      messages.push(taken.message)
    }
  }

  #take(bytes: Buffer): { bytes: number; message: ReturnMessage } | null {
    if (bytes.length < 4) return null
    const [kind, length] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
    const end = 4 + length
    if (bytes.length < end) return null
    const data = bytes.subarray(4, end)
    switch (kind) {
      case type.shut:
        return { bytes: end, message: { kind: 'shut', failed: data.readUInt32BE(0) !== 0 } }
      case type.pong:
        return { bytes: end, message: { kind: 'pong', value: data.readUInt32BE(0) } }
      case type.requestInBlock:
        this.#block = data.toString('latin1', 13, 13 + (data[12] ?? 0))
        return { bytes: end, message: this.#request(data) }
      case type.request:
        return { bytes: end, message: this.#request(data) }
      case type.receivedBitmap:
        return this.#bitmap(bytes, end, data.toString('latin1', 1, 1 + (data[0] ?? 0)))
      case type.resumeAck:
        return { bytes: end, message: { kind: 'resumed' } }
      default:
        throw new Error(`QEMU sent message ${kind} on the return path, which is not known`)
    }
  }

  #request(data: Buffer): ReturnMessage {
    return {
      kind: 'request',
      block: this.#block,
      start: Number(data.readBigUInt64BE(0)),
      length: data.readUInt32BE(8),
    }
  }

  /** The bitmap follows its message: its length, itself, and an end mark. */
  #bitmap(bytes: Buffer, at: number, block: string): { bytes: number; message: ReturnMessage } | null {
    if (bytes.length < at + 8) return null
    const length = Number(bytes.readBigUInt64BE(at))
    if (length > mostBitmapBytes) throw new Error(`QEMU announces a bitmap of ${length} bytes`)
    const end = at + 8 + length + 8
    if (bytes.length < end) return null
    if (bytes.readBigUInt64BE(end - 8) !== bitmapEnd) throw new Error('a bitmap of QEMU has no end mark')
    const bitmap = Buffer.from(bytes.subarray(at + 8, at + 8 + length))
    return { bytes: end, message: { kind: 'received', block, bitmap } }
  }
}
