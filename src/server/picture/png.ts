import { promisify } from 'node:util'
import { constants, crc32, deflate } from 'node:zlib'
import type { Picture } from '../../hypervisor/port.ts'

const compress = promisify(deflate)
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const eightBits = 8
const colours = 2

/** A PNG file (W3C, Portable Network Graphics, third edition), compressed for speed. */
export async function pngOf({ widthPx, heightPx, rgb }: Picture): Promise<Buffer> {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(widthPx, 0)
  header.writeUInt32BE(heightPx, 4)
  header.set([eightBits, colours], 8) // then: deflate, filters as usual, not interlaced; all are 0
  const rowBytes = widthPx * 3
  // Each row begins with its filter: 0, the bytes as they are.
  const rows = Buffer.alloc((rowBytes + 1) * heightPx)
  for (let y = 0; y < heightPx; y++) {
    rows.set(rgb.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1)
  }
  const data = await compress(rows, { level: constants.Z_BEST_SPEED })
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
