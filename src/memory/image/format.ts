import { hash } from 'node:crypto'
import { pageBytes, type StreamHead } from '../stream/layout.ts'

/**
 * The memory image, `*.spm`; `docs/formats/memory-image.md` describes it. Little-endian.
 *
 *   header 64 · frames … · devices · index · hashes · footer 256
 *
 * A frame holds up to 16 pages, compressed together. The index names for each page its frame, in this file
 * or in another image (a source) that held the same page already. The footer holds the checksums of the
 * sections, the index those of the frames: the checksum of the footer, which the checkpoint's record
 * keeps, therefore stands for all of it.
 */
export const imageVersion = 1
export const headerBytes = 64
export const footerBytes = 256
export const framePages = 16
export const frameBytes = framePages * pageBytes
export const frameEntryBytes = 24
/** What is kept of the SHA-256 of a page. */
export const pageHashBytes = 16
/** An image has the id of its checkpoint: 12 hexadecimal characters. */
export const imageIdBytes = 6

const headerMagic = Buffer.from('SPMIMAGE')
const footerMagic = Buffer.from('SPMFOOT.')

/** How the bytes of a frame are stored. */
export const codec = { plain: 0, zstd: 1 } as const

/** Another image that pages are read from. */
export interface ImageSource {
  /** Hexadecimal. */
  readonly imageId: string
  /** Name of its file, in the same folder. */
  readonly fileName: string
}

/** Begins the index, as JSON. */
export interface IndexHead extends StreamHead {
  readonly sources: readonly ImageSource[]
  /** Pages that the guest wrote to first after the instant: it will do so again when it goes on from there. */
  readonly early: readonly number[]
}

export interface Section {
  readonly offset: number
  readonly storedBytes: number
  /** SHA-256 of what is stored. */
  readonly sha256: Buffer
}

export interface Footer {
  readonly imageId: string
  readonly devices: Section
  readonly index: Section
  readonly hashes: Section
}

export function encodeHeader(imageId: string): Buffer {
  const bytes = Buffer.alloc(headerBytes)
  headerMagic.copy(bytes)
  bytes.writeUInt32LE(imageVersion, 8)
  bytes.writeUInt32LE(pageBytes, 12)
  bytes.write(imageId, 16, 'hex')
  return bytes
}

/** The id of the image. Error: Error with what is wrong, in words that follow the name of the file. */
export function decodeHeader(bytes: Buffer): string {
  requireMagic(bytes, headerMagic, headerBytes)
  const pageSize = bytes.readUInt32LE(12)
  if (pageSize !== pageBytes) throw new Error(`has pages of ${pageSize} bytes, only ${pageBytes} are known`)
  return bytes.toString('hex', 16, 16 + imageIdBytes)
}

export function encodeFooter(footer: Footer): Buffer {
  const bytes = Buffer.alloc(footerBytes)
  footerMagic.copy(bytes)
  bytes.writeUInt32LE(imageVersion, 8)
  bytes.write(footer.imageId, 16, 'hex')
  for (const [number, section] of [footer.devices, footer.index, footer.hashes].entries()) {
    const at = 32 + number * sectionBytes
    bytes.writeBigUInt64LE(BigInt(section.offset), at)
    bytes.writeBigUInt64LE(BigInt(section.storedBytes), at + 8)
    section.sha256.copy(bytes, at + 16)
  }
  sha256(bytes.subarray(0, footerBytes - 32)).copy(bytes, footerBytes - 32)
  return bytes
}

/** Error: as `decodeHeader`. */
export function decodeFooter(bytes: Buffer): Footer {
  requireMagic(bytes, footerMagic, footerBytes)
  if (!sha256(bytes.subarray(0, footerBytes - 32)).equals(bytes.subarray(footerBytes - 32)))
    throw new Error('is damaged: its footer does not match its checksum')
  const section = (number: number): Section => {
    const at = 32 + number * sectionBytes
    return {
      offset: Number(bytes.readBigUInt64LE(at)),
      storedBytes: Number(bytes.readBigUInt64LE(at + 8)),
      sha256: Buffer.from(bytes.subarray(at + 16, at + 48)),
    }
  }
  return {
    imageId: bytes.toString('hex', 16, 16 + imageIdBytes),
    devices: section(0),
    index: section(1),
    hashes: section(2),
  }
}

const sectionBytes = 48

export function sha256(bytes: Buffer): Buffer {
  return hash('sha256', bytes, 'buffer')
}

function requireMagic(bytes: Buffer, magic: Buffer, length: number): void {
  if (bytes.length < length || !bytes.subarray(0, magic.length).equals(magic))
    throw new Error('is no memory image, or was cut short')
  const version = bytes.readUInt32LE(8)
  if (version !== imageVersion) throw new Error(`has version ${version}, only ${imageVersion} is known`)
}
