import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, inflateSync } from 'node:zlib'
import { pngOf } from './png.ts'

test('what is written is a PNG of the same pixels', async () => {
  const rgb = Uint8Array.from([
    ...[1, 2, 3],
    ...[4, 5, 6],
    ...[7, 8, 9],
    ...[10, 11, 12],
    ...[0, 0, 0],
    ...[255, 0, 1],
  ])
  const file = await pngOf({ widthPx: 3, heightPx: 2, rgb })
  assert.equal(file.toString('latin1', 0, 8), '\x89PNG\r\n\x1a\n')
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at)
    const body = file.subarray(at + 4, at + 8 + length)
    assert.equal(file.readUInt32BE(at + 8 + length), crc32(body))
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4))
    at += length + 12
  }
  assert.deepEqual([...chunks.keys()], ['IHDR', 'IDAT', 'IEND'])
  const header = chunks.get('IHDR') ?? Buffer.alloc(0)
  assert.deepEqual([...header], [0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0])
  const rows = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))
  assert.deepEqual([...rows], [0, ...rgb.subarray(0, 9), 0, ...rgb.subarray(9)])
})
