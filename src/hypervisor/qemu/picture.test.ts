import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePpm } from './picture.ts'

test('a picture is read as QEMU writes it', () => {
  const pixels = Buffer.from([255, 0, 0, 10, 32, 9])
  const { widthPx, heightPx, rgb } = parsePpm(Buffer.concat([Buffer.from('P6\n2 1\n255\n'), pixels]))
  assert.deepEqual([widthPx, heightPx], [2, 1])
  assert.deepEqual(Buffer.from(rgb), pixels)
})

test('what was cut off, or is something else, is refused', () => {
  for (const text of [
    '',
    'P6\n2 1\n255\n12345',
    'P6\n2 1\n255\n1234567',
    'P6\n1 1\n65535\n123456',
    'P5\n1 1\n255\n1',
  ])
    assert.throws(() => parsePpm(Buffer.from(text)), { code: 'hypervisor_failed' }, text)
})
