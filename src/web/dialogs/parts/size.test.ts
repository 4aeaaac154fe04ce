import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIB, MIB } from '../../../core/units.ts'
import { bytesOfText, textOfBytes } from './size.ts'

test('a size is written as people do, and a number alone counts in the unit of the field', () => {
  assert.equal(bytesOfText('20 GiB', 'GiB'), 20 * GIB)
  assert.equal(bytesOfText(' 1.5g ', 'MiB'), 1.5 * GIB)
  assert.equal(bytesOfText('512', 'MiB'), 512 * MIB)
  assert.equal(bytesOfText('20', 'GiB'), 20 * GIB)
  for (const text of ['', 'much', '-1', '0', '1e9']) assert.equal(bytesOfText(text, 'GiB'), Number.NaN)
})

test('what is shown means the same bytes', () => {
  assert.equal(textOfBytes(2 * GIB), '2 GiB')
  assert.equal(textOfBytes(1.5 * GIB), '1.5 GiB')
  assert.equal(textOfBytes(1000 * MIB), '1000 MiB')
  for (const sizeBytes of [1, 512, 1536, 16 * MIB, 3 * GIB + 1, 5_000_000_000])
    assert.equal(bytesOfText(textOfBytes(sizeBytes), 'GiB'), sizeBytes)
})
