import {
  pageBytes,
  pageShift,
  type RamBlock,
  ramFlag,
  ramVersion,
  record,
  type StreamHead,
  streamMagic,
  streamVersion,
} from './layout.ts'

/** Commands within a stream. Source: QEMU's migration/savevm.c, `enum qemu_vm_cmd`. */
export const command = {
  openReturnPath: 1,
  ping: 2,
  postcopyAdvise: 3,
  postcopyListen: 4,
  postcopyRun: 5,
  postcopyRamDiscard: 6,
  packaged: 7,
  postcopyResume: 9,
  receivedBitmap: 10,
} as const

/** Everything up to the sections: magic, version, machine type. */
export function encodeHeader({ machineType }: StreamHead): Buffer {
  return Buffer.concat([
    u32(streamMagic),
    u32(streamVersion),
    Buffer.from([record.configuration]),
    u32(machineType.length),
    Buffer.from(machineType, 'latin1'),
  ])
}

/** The start of the `ram` section: the list of blocks. */
export function encodeRamStart({ ramSectionId, blocks }: StreamHead): Buffer {
  const total = blocks.reduce((sum, { bytes }) => sum + bytes, 0)
  return Buffer.concat([
    Buffer.from([record.sectionStart]),
    u32(ramSectionId),
    name('ram'),
    u32(0),
    u32(ramVersion),
    u64(total + ramFlag.blockList),
    ...blocks.flatMap((block) => [name(block.name), u64(block.bytes)]),
    endOfRam(ramSectionId),
  ])
}

/** One page to be sent; null for one that is zero. */
export interface SentPage {
  readonly block: RamBlock
  /** Within its block. */
  readonly page: number
  readonly bytes: Buffer | null
}

/** A part of the `ram` section, complete in itself. */
export function encodeRamPart({ ramSectionId }: StreamHead, pages: readonly SentPage[]): Buffer {
  const length = pages.reduce(
    (sum, { block, bytes }) => sum + 10 + block.name.length + (bytes?.length ?? 0),
    18,
  )
  const out = Buffer.allocUnsafe(length)
  let at = out.writeUInt8(record.sectionPart, 0)
  at = out.writeUInt32BE(ramSectionId, at)
  let before: RamBlock | null = null
  for (const { block, page, bytes } of pages) {
    const flags = (bytes ? ramFlag.page : ramFlag.filled) | (block === before ? ramFlag.sameBlock : 0)
    at = out.writeUInt32BE(Math.floor(page / 2 ** (32 - pageShift)), at)
    at = out.writeUInt32BE(((page << pageShift) | flags) >>> 0, at)
    if (block !== before) {
      at = out.writeUInt8(block.name.length, at)
      at += out.write(block.name, at, 'latin1')
    }
    if (bytes) at += bytes.copy(out, at, 0, pageBytes)
    else at = out.writeUInt8(0, at)
    before = block
  }
  at += endOfRam(ramSectionId).copy(out, at)
  return out.subarray(0, at)
}

/** The end of the `ram` section. */
export function encodeRamEnd({ ramSectionId }: StreamHead): Buffer {
  return Buffer.concat([Buffer.from([record.sectionEnd]), u32(ramSectionId), endOfRam(ramSectionId)])
}

/** The end of the stream, with a description that says nothing: nobody reads it. */
export function encodeEnd(): Buffer {
  const description = Buffer.from('{}')
  return Buffer.concat([
    Buffer.from([record.endOfFile, record.description]),
    u32(description.length),
    description,
  ])
}

export function encodeCommand(number: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(5)
  bytes.writeUInt8(record.command, 0)
  bytes.writeUInt16BE(number, 1)
  bytes.writeUInt16BE(data.length, 3)
  return Buffer.concat([bytes, data])
}

export const encodePing = (value: number) => encodeCommand(command.ping, u32(value))

/** What the other side needs to know before it can ask for pages: the sizes of pages on both hosts. */
export const encodeAdvise = () =>
  encodeCommand(command.postcopyAdvise, Buffer.concat([u64(pageBytes), u64(pageBytes)]))

/** Drops what the machine's own start put into a block, so that each page is asked for. */
export const encodeDiscard = (block: RamBlock) =>
  encodeCommand(
    command.postcopyRamDiscard,
    Buffer.concat([Buffer.from([0]), name(block.name), Buffer.from([0]), u64(0), u64(block.bytes)]),
  )

/** Commands and sections that are read as one piece. */
export function encodePackage(content: Buffer): Buffer {
  return Buffer.concat([encodeCommand(command.packaged, u32(content.length)), content])
}

/** Asks which pages of a block have arrived, after a broken connection. */
export const encodeBitmapRequest = (block: RamBlock) =>
  encodeCommand(command.receivedBitmap, name(block.name))

function endOfRam(ramSectionId: number): Buffer {
  return Buffer.concat([u64(ramFlag.endOfSection), Buffer.from([record.footer]), u32(ramSectionId)])
}

function name(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
