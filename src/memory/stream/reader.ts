import { formatBytes } from '../../core/units.ts'
import {
  pageBytes,
  pageCount,
  pageShift,
  type RamBlock,
  ramFlag,
  ramVersion,
  record,
  type StreamHead,
  streamMagic,
  streamVersion,
} from './layout.ts'

/** What a stream holds, as it comes. Pages are numbered as in `pageCount`; a page may come again, and the last counts. */
export interface StreamSink {
  /** Everything before the first page. */
  head(head: StreamHead): void
  /** `bytes` is valid during the call only. */
  page(page: number, bytes: Buffer): void
  zeroPage(page: number): void
}

export interface StreamLimits {
  /** Of all blocks together; a stream that claims more is refused before memory is set aside for it. */
  readonly memoryBytes: number
}

/** The stream is not one that this reader knows, or is damaged; the message says where and what. */
export class StreamError extends Error {
  constructor(at: number, message: string) {
    super(`${message} (at byte ${at} of the stream)`)
    this.name = 'StreamError'
  }
}

const mostBlocks = 1024
const mostDeviceBytes = 256 * 1024 * 1024
const switchoverStart = 11
const nothing = Buffer.alloc(0)
const offsetBits = pageBytes - 1

/**
 * Takes a migration stream apart as it comes, in constant memory but for the device state (about 100 KB).
 *
 *   header · configuration · ram start with the block list · ram parts with pages ·
 *   device sections, taken as one piece · 00 · description
 *
 * Device sections carry no length, so their end is found from the back: the description is the last record,
 * and its length reaches exactly to the end of the stream.
 */
export class StreamReader {
  readonly #sink: StreamSink
  readonly #limits: StreamLimits
  /** The beginning of a record of which the rest has not come yet. */
  #rest: Buffer = nothing
  /** Offset of `#rest` in the stream. */
  #offset = 0
  #state: 'header' | 'records' | 'ram' | 'devices' = 'header'
  #machineType: string | null = null
  #head: StreamHead | null = null
  #ramEnding = false
  #ramEnded = false
  /** Block list that is still incomplete. */
  #listed: RamBlock[] = []
  #toList = 0
  #firstPages = new Map<string, { first: number; pages: number }>()
  #block: { first: number; pages: number } | null = null
  #sawPage = false
  readonly #devices: Buffer[] = []
  #deviceBytes = 0

  constructor(sink: StreamSink, limits: StreamLimits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** Whether at least one page has come: QEMU sends none before it has write-protected all of them. */
  get sawPage(): boolean {
    return this.#sawPage
  }

  /** Error: StreamError; the reader is of no use after that. */
  push(chunk: Buffer): void {
    if (this.#state === 'devices') {
      this.#keepDevices(chunk)
      this.#offset += chunk.length
      return
    }
    const from = this.#completeRest(chunk)
    if (from === null) return
    const at = this.#steps(chunk, from)
    this.#offset += at - from
    this.#rest = at === chunk.length ? nothing : Buffer.from(chunk.subarray(at))
  }

  /** Reads the record that the last chunk ended in; where in this chunk it ends, null when it does not. */
  #completeRest(chunk: Buffer): number | null {
    const rest = this.#rest
    if (rest.length === 0) return 0
    // Most records are short, and to copy all of each chunk would cost more than reading it.
    for (const length of [Math.min(chunk.length, 2 * pageBytes), chunk.length]) {
      const at = this.#steps(Buffer.concat([rest, chunk.subarray(0, length)]), 0)
      if (at === 0) continue
      this.#offset += at
      this.#rest = nothing
      return at - rest.length
    }
    this.#rest = Buffer.concat([rest, chunk])
    return null
  }

  #steps(bytes: Buffer, from: number): number {
    let at = from
    for (let next = -1; next !== at && at < bytes.length; ) {
      next = at
      at = this.#step(bytes, at)
    }
    return at
  }

  /** The stream has ended: what it was saved from, and the device sections. Error: StreamError when it was cut short. */
  end(): { head: StreamHead; devices: Buffer } {
    const head = this.#head
    if (!head || this.#state !== 'devices') throw this.#error(this.#rest, 0, 'The stream ends early')
    const tail = Buffer.concat(this.#devices)
    for (let at = tail.length - 6; at > 0; at--) {
      if (tail[at] !== record.endOfFile || tail[at + 1] !== record.description) continue
      if (tail.readUInt32BE(at + 2) !== tail.length - at - 6) continue
      if (tail[at - 5] === record.footer) return { head, devices: tail.subarray(0, at) }
    }
    throw new StreamError(this.#offset, 'The stream ends early: its description is missing')
  }

  /** Reads one record, or as many entries of memory as have come whole; returns where the next one begins. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'header':
        return this.#header(bytes, at)
      case 'records':
        return this.#record(bytes, at)
      case 'ram':
        return this.#ram(bytes, at)
      case 'devices':
        this.#keepDevices(bytes.subarray(at))
        return bytes.length
    }
  }

  #header(bytes: Buffer, at: number): number {
    if (bytes.length - at < 8) return at
    if (bytes.readUInt32BE(at) !== streamMagic) throw this.#error(bytes, at, 'This is no migration stream')
    const version = bytes.readUInt32BE(at + 4)
    if (version !== streamVersion) throw this.#error(bytes, at, `Stream version ${version} is not known`)
    this.#state = 'records'
    return at + 8
  }

  #record(bytes: Buffer, at: number): number {
    const type = bytes[at]
    // A background snapshot of QEMU 7.2 has no end section of the memory.
    if (type === record.sectionFull && this.#head !== null) {
      this.#state = 'devices'
      return this.#step(bytes, at)
    }
    if (this.#ramEnded) throw this.#unknown(bytes, at, 'behind the memory')
    if (type === record.command && this.#head !== null) return this.#command(bytes, at)
    if (type === record.configuration && this.#machineType === null) {
      const text = textWithLength(bytes, at + 1, 4)
      if (text === null) return at
      if (text === '') throw this.#error(bytes, at, 'The machine type is empty')
      this.#machineType = text
      return at + 5 + Buffer.byteLength(text, 'latin1')
    }
    if (type === record.sectionStart && this.#head === null && this.#machineType !== null) {
      return this.#ramStart(bytes, at)
    }
    if ((type === record.sectionPart || type === record.sectionEnd) && this.#head !== null) {
      if (bytes.length - at < 5) return at
      this.#requireRamSection(bytes, at)
      this.#ramEnding = type === record.sectionEnd
      this.#state = 'ram'
      return at + 5
    }
    throw this.#unknown(bytes, at, this.#head === null ? 'before the memory' : 'within the memory')
  }

  /** QEMU 10 says when the guest stands still; nothing else is expected on the way to a file. */
  #command(bytes: Buffer, at: number): number {
    if (bytes.length - at < 5) return at
    const [command, length] = [bytes.readUInt16BE(at + 1), bytes.readUInt16BE(at + 3)]
    if (command === switchoverStart && length === 0) return at + 5
    throw this.#error(bytes, at, `Command ${command} is not known`)
  }

  #ramStart(bytes: Buffer, at: number): number {
    const name = textWithLength(bytes, at + 5, 1)
    if (name === null) return at
    if (name !== 'ram') throw this.#error(bytes, at, `Section "${name}" is not known`)
    const list = at + 6 + name.length + 8
    if (bytes.length < list + 8) return at
    const version = bytes.readUInt32BE(list - 4)
    if (version !== ramVersion) throw this.#error(bytes, at, `Version ${version} of the memory is not known`)
    const total = addressOf(bytes, list)
    if (flagsOf(bytes, list) !== ramFlag.blockList || total === 0)
      throw this.#error(bytes, list, 'The memory begins without a list of its blocks')
    if (total > this.#limits.memoryBytes) {
      const limit = formatBytes(this.#limits.memoryBytes)
      throw this.#error(
        bytes,
        list,
        `The stream claims ${total} bytes of memory, the VM has ${limit} at most`,
      )
    }
    this.#listed = []
    this.#toList = total
    let next = list + 8
    while (this.#toList > 0) {
      const block = this.#listBlock(bytes, next)
      if (block === null) return at
      next += 1 + block.name.length + 8
    }
    // Its end mark and footer follow; they are read as those of a section without pages.
    const ramSectionId = bytes.readUInt32BE(at + 1)
    this.#head = { machineType: this.#machineType ?? '', ramSectionId, blocks: this.#listed }
    let first = 0
    for (const { name, bytes: size } of this.#listed) {
      this.#firstPages.set(name, { first, pages: size / pageBytes })
      first += size / pageBytes
    }
    if (this.#firstPages.size < this.#listed.length || first !== pageCount(this.#listed))
      throw this.#error(bytes, at, 'Two blocks of memory have the same name')
    this.#sink.head(this.#head)
    this.#state = 'ram'
    return next
  }

  #listBlock(bytes: Buffer, at: number): RamBlock | null {
    const name = textWithLength(bytes, at, 1)
    if (name === null || bytes.length < at + 1 + name.length + 8) return null
    const size = Number(bytes.readBigUInt64BE(at + 1 + name.length))
    if (name === '' || size === 0 || size % pageBytes !== 0 || size > this.#toList)
      throw this.#error(bytes, at, `Block "${name}" of ${size} bytes does not fit into the memory`)
    if (this.#listed.length === mostBlocks)
      throw this.#error(bytes, at, 'There are too many blocks of memory')
    this.#toList -= size
    this.#listed.push({ name, bytes: size })
    return { name, bytes: size }
  }

  /** Entries of memory up to the end of the section, or of what has come. */
  #ram(bytes: Buffer, from: number): number {
    for (let at = from; ; ) {
      if (bytes.length - at < 8) return at
      const flags = flagsOf(bytes, at)
      if (flags === ramFlag.endOfSection) {
        if (bytes.length - at < 13) return at
        if (bytes[at + 8] !== record.footer)
          throw this.#error(bytes, at + 8, 'A section of memory has no footer')
        this.#requireRamSection(bytes, at + 8)
        this.#ramEnded = this.#ramEnding
        this.#state = 'records'
        return at + 13
      }
      let payload = at + 8
      let block = this.#block
      if ((flags & ramFlag.sameBlock) === 0) {
        const name = textWithLength(bytes, payload, 1)
        if (name === null) return at
        block = this.#firstPages.get(name) ?? null
        if (!block) throw this.#error(bytes, at, `Block "${name}" of memory is not in the list`)
        payload += 1 + name.length
      }
      const kind = flags & ~ramFlag.sameBlock
      if (kind !== ramFlag.page && kind !== ramFlag.filled)
        throw this.#error(bytes, at, `Memory with the flags 0x${flags.toString(16)} is not known`)
      const length = kind === ramFlag.page ? pageBytes : 1
      if (bytes.length < payload + length) return at
      const page = addressOf(bytes, at) / pageBytes
      if (!block || page >= block.pages)
        throw this.#error(bytes, at, `Page ${page} is outside of its block of memory`)
      this.#block = block
      this.#sawPage = true
      if (kind === ramFlag.page)
        this.#sink.page(block.first + page, bytes.subarray(payload, payload + pageBytes))
      else if (bytes[payload] === 0) this.#sink.zeroPage(block.first + page)
      else this.#sink.page(block.first + page, Buffer.alloc(pageBytes, bytes[payload]))
      at = payload + length
    }
  }

  #requireRamSection(bytes: Buffer, at: number): void {
    const id = bytes.readUInt32BE(at + 1)
    if (id !== this.#head?.ramSectionId)
      throw this.#error(bytes, at, `Section ${id} is not the one of the memory`)
  }

  #keepDevices(bytes: Buffer): void {
    this.#deviceBytes += bytes.length
    if (this.#deviceBytes > mostDeviceBytes)
      throw new StreamError(this.#offset, `The device state is longer than ${formatBytes(mostDeviceBytes)}`)
    this.#devices.push(Buffer.from(bytes))
  }

  #unknown(bytes: Buffer, at: number, where: string): StreamError {
    return this.#error(bytes, at, `A record of type 0x${bytes[at]?.toString(16)} ${where} is not known`)
  }

  #error(bytes: Buffer, at: number, message: string): StreamError {
    return new StreamError(this.#offset + Math.min(at, bytes.length), message)
  }
}

/** Reads the low and high half apart: a 64-bit integer of its own for each page would cost more than the page. */
function addressOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + (bytes.readUInt32BE(at + 4) >>> pageShift) * pageBytes
}

function flagsOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + 4) & offsetBits
}

/** Text behind its length, of 1 or 4 bytes; null while it has not come whole. Names are ASCII. */
function textWithLength(bytes: Buffer, at: number, lengthBytes: 1 | 4): string | null {
  if (bytes.length < at + lengthBytes) return null
  const length = lengthBytes === 1 ? (bytes[at] ?? 0) : Math.min(bytes.readUInt32BE(at), mostTextBytes + 1)
  if (length > mostTextBytes) return ''
  const from = at + lengthBytes
  return bytes.length < from + length ? null : bytes.toString('latin1', from, from + length)
}

const mostTextBytes = 255
