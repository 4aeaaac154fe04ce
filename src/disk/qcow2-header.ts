import { constants, open } from 'node:fs/promises'
import { StillpointError } from '../core/error.ts'

/** What the header of an image says, read without opening any file that it names. */
export type ImageHeader =
  | { readonly format: 'raw'; readonly fileBytes: number }
  | {
      readonly format: 'qcow2'
      readonly fileBytes: number
      readonly virtualSizeBytes: number
      readonly backingFile: string | null
      readonly externalData: boolean
      readonly encrypted: boolean
    }

const qcow2Magic = 0x514649fb
const incompatibleExternalData = 1n << 2n
/** Formats that are recognised so that they are refused by name instead of being taken for raw. */
const otherFormats: readonly { readonly name: string; readonly offset: number; readonly magic: string }[] = [
  { name: 'VMDK', offset: 0, magic: 'KDMV' },
  { name: 'VMDK', offset: 0, magic: '# Disk DescriptorFile' },
  { name: 'VHDX', offset: 0, magic: 'vhdxfile' },
  { name: 'VHD', offset: 0, magic: 'conectix' },
  { name: 'QED', offset: 0, magic: 'QED\0' },
  { name: 'VDI', offset: 0x40, magic: '\x7f\x10\xda\xbe' },
]

/**
 * Reads an image's header (layout: QEMU's docs/interop/qcow2.txt). Anything that is not a known format is raw.
 * Errors: `image_invalid`; `io_error` when the file cannot be read.
 */
export async function readImageHeader(path: string): Promise<ImageHeader> {
  // Non-blocking: opening a pipe would wait for somebody to write into it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (cause: NodeJS.ErrnoException) => {
      const what = cause.code === 'ENOENT' ? 'does not exist' : `cannot be opened (${cause.code})`
      throw new StillpointError('io_error', `Disk image "${path}" ${what}.`, { details: { path }, cause })
    },
  )
  try {
    const stat = await file.stat()
    if (!stat.isFile() && !stat.isBlockDevice()) {
      throw new StillpointError('image_invalid', `"${path}" is not a file or a block device.`, {
        details: { path },
      })
    }
    const head = Buffer.alloc(4096)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    if (bytesRead < 4 || head.readUInt32BE(0) !== qcow2Magic) return rawHeader(path, head, stat.size)
    return await qcow2Header(path, head.subarray(0, bytesRead), stat.size, async (offset, length) => {
      const text = Buffer.alloc(length)
      const read = await file.read(text, 0, length, offset)
      return text.subarray(0, read.bytesRead)
    })
  } finally {
    await file.close()
  }
}

/** The size that a guest sees of an image, by its header. Errors: as `readImageHeader`. */
export async function virtualSizeOf(path: string): Promise<number> {
  return virtualSize(await readImageHeader(path))
}

export const virtualSize = (header: ImageHeader): number =>
  header.format === 'raw' ? header.fileBytes : header.virtualSizeBytes

function rawHeader(path: string, head: Buffer, fileBytes: number): ImageHeader {
  for (const { name, offset, magic } of otherFormats) {
    if (head.subarray(offset, offset + magic.length).equals(Buffer.from(magic, 'latin1'))) {
      throw invalid(path, `is a ${name} image; convert it first: qemu-img convert -O qcow2`)
    }
  }
  if (fileBytes === 0) throw invalid(path, 'is empty')
  return { format: 'raw', fileBytes }
}

async function qcow2Header(
  path: string,
  head: Buffer,
  fileBytes: number,
  readAt: (offset: number, length: number) => Promise<Buffer>,
): Promise<ImageHeader> {
  if (head.length < 72)
    throw invalid(path, `is a qcow2 image that ends within its header, after ${head.length} bytes`)
  const version = head.readUInt32BE(4)
  if (version !== 2 && version !== 3)
    throw invalid(path, `is a qcow2 image of version ${version}; 2 and 3 are known`)
  const backingOffset = head.readBigUInt64BE(8)
  const backingLength = head.readUInt32BE(16)
  if (backingLength > 1023)
    throw invalid(path, `names a backing file of ${backingLength} bytes; 1023 are allowed`)
  const clusterBits = head.readUInt32BE(20)
  if (clusterBits < 9 || clusterBits > 21)
    throw invalid(path, `has clusters of 2^${clusterBits} bytes; 2^9 to 2^21 are possible`)
  const virtualSizeBytes = head.readBigUInt64BE(24)
  if (virtualSizeBytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalid(path, `claims a size of ${virtualSizeBytes} bytes`)
  const ends = [
    head.readBigUInt64BE(40) + BigInt(head.readUInt32BE(36)) * 8n,
    head.readBigUInt64BE(48) + (BigInt(head.readUInt32BE(56)) << BigInt(clusterBits)),
    backingOffset + BigInt(backingLength),
    version === 3 ? 104n : 72n,
  ]
  const tablesEnd = ends.find((end) => end > BigInt(fileBytes))
  if (tablesEnd !== undefined) {
    throw invalid(path, `is truncated: its tables reach to byte ${tablesEnd}, the file ends at ${fileBytes}`)
  }
  const backingFile =
    backingOffset === 0n ? null : (await readAt(Number(backingOffset), backingLength)).toString('utf8')
  const incompatible = version === 3 ? head.readBigUInt64BE(72) : 0n
  return {
    format: 'qcow2',
    fileBytes,
    virtualSizeBytes: Number(virtualSizeBytes),
    backingFile,
    externalData: (incompatible & incompatibleExternalData) !== 0n,
    encrypted: head.readUInt32BE(32) !== 0,
  }
}

function invalid(path: string, what: string): StillpointError {
  return new StillpointError('image_invalid', `Disk image "${path}" ${what}.`, { details: { path } })
}
