import { type FileHandle, open } from 'node:fs/promises'

/**
 * Whether a qcow2 file ends before the last cluster that it counts as used. QEMU reads what is missing as
 * zeros, without a word. Few bytes are read, whatever the size: the table of reference counts and one
 * block of them (layout: QEMU's docs/interop/qcow2.txt).
 *
 * True proves nothing: a QEMU that was killed may have counted clusters that it never wrote. False is as
 * good as the counts. The header must have been checked before.
 */
export async function endsEarly(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const header = await bytesAt(file, 0, 104)
    const clusterBytes = 2 ** header.readUInt32BE(20)
    const countBits = header.readUInt32BE(4) >= 3 ? 2 ** header.readUInt32BE(96) : 16
    const tableBytes = header.readUInt32BE(56) * clusterBytes
    if (offsetIn(header, 48) + tableBytes > size) return true
    const table = await bytesAt(file, offsetIn(header, 48), tableBytes)
    for (let index = table.length / 8 - 1; index >= 0; index--) {
      const blockOffset = offsetIn(table, index * 8)
      if (blockOffset === 0) continue
      if (blockOffset >= size) return true
      const counts = await bytesAt(file, blockOffset, clusterBytes)
      let lastUsed = counts.length - 1
      while (lastUsed >= 0 && counts[lastUsed] === 0) lastUsed--
      if (lastUsed === -1) continue
      const cluster = Math.floor((index * clusterBytes * 8 + lastUsed * 8) / countBits)
      return cluster * clusterBytes >= size
    }
    return false
  } finally {
    await file.close()
  }
}

/** Bits 9 to 55 of an entry. */
function offsetIn(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64BE(at) & 0x00fffffffffffe00n)
}

/** What lies behind the end of the file is zeros. */
async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  await file.read(bytes, 0, length, offset)
  return bytes
}
