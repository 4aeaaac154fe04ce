import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isStillpointError } from './error.ts'
import { formatBytes, GIB, KIB, MIB, parseSize } from './units.ts'

test('sizes are read with and without a unit, in powers of 1024', () => {
  const sizes: [string, number][] = [
    ['4096', 4096],
    ['512B', 512],
    ['1k', KIB],
    ['512M', 512 * MIB],
    ['512 MB', 512 * MIB],
    ['1.5GiB', 1.5 * GIB],
    [' 20g ', 20 * GIB],
    ['2T', 2048 * GIB],
  ]
  for (const [text, bytes] of sizes) assert.equal(parseSize(text), bytes, text)
})

test('a default unit is for numbers without one only', () => {
  assert.equal(parseSize('512', 'M'), 512 * MIB)
  assert.equal(parseSize('1G', 'M'), GIB)
  assert.equal(parseSize('4096B', 'M'), 4096)
})

test('what is not a size, or not a positive one, is refused', () => {
  for (const text of [
    '',
    ' ',
    '0',
    '-1',
    '1e3',
    '5X',
    'M',
    '1.',
    '.5G',
    '1 2',
    '0.4',
    '9999999T',
    'NaN',
    '1iB',
  ]) {
    assert.throws(
      () => parseSize(text),
      (error) => isStillpointError(error, 'invalid_request'),
      `"${text}"`,
    )
  }
})

test('bytes are shown in the unit that keeps them short', () => {
  const shown: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [MIB, '1 MiB'],
    [1.25 * GIB, '1.3 GiB'],
    [10 * GIB, '10 GiB'],
    [640 * MIB, '640 MiB'],
  ]
  for (const [bytes, text] of shown) assert.equal(formatBytes(bytes), text)
})

test('shown sizes have three figures at most and are right within five percent', () => {
  const sizes = fc.oneof(fc.nat(5000), fc.double({ min: 0, max: 2 ** 53 - 1, noNaN: true }).map(Math.floor))
  fc.assert(
    fc.property(sizes, (bytes) => {
      const [figures = '', unit = ''] = formatBytes(bytes).split(' ')
      assert.ok(figures.replace('.', '').replace(/^0+/, '').length <= 3, figures)
      const shown = Number(figures) * 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].indexOf(unit)
      assert.ok(Math.abs(shown - bytes) <= bytes * 0.05, `${bytes} shown as ${figures} ${unit}`)
    }),
  )
})
