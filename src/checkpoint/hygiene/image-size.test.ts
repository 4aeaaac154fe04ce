import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIB, MIB } from '../../core/units.ts'
import { expectedImageBytes } from './image-size.ts'

const first = { ramBytes: 4 * GIB, residentBytes: GIB, earlier: [], hasParent: false }
const whole = { sizeBytes: 400 * MIB, ramBytes: 4 * GIB, isDifference: false }
const difference = { sizeBytes: 40 * MIB, ramBytes: 4 * GIB, isDifference: true }

test('without a measured one it is half of what the guest has touched', () => {
  assert.equal(expectedImageBytes(first), 512 * MIB)
  assert.equal(expectedImageBytes({ ...first, residentBytes: null }), 2 * GIB)
  assert.equal(expectedImageBytes({ ...first, residentBytes: 9 * GIB }), 2 * GIB)
})

test('measured ones of the same sort count, with a margin', () => {
  const earlier = [whole, difference]
  assert.equal(expectedImageBytes({ ...first, earlier, hasParent: true }), 50 * MIB)
  assert.equal(expectedImageBytes({ ...first, earlier, hasParent: false }), 500 * MIB)
  assert.equal(expectedImageBytes({ ...first, earlier: [whole], hasParent: true }), 500 * MIB)
})

test('the largest of the last three counts, in proportion to the memory', () => {
  const sizes = [900, 30, 60, 40].map((size) => ({ ...difference, sizeBytes: size * MIB }))
  assert.equal(expectedImageBytes({ ...first, earlier: sizes, hasParent: true }), 75 * MIB)
  const larger = { ...first, ramBytes: 8 * GIB, residentBytes: null, hasParent: true }
  assert.equal(expectedImageBytes({ ...larger, earlier: sizes }), 150 * MIB)
})

test('never more than the guest has touched', () => {
  assert.equal(
    expectedImageBytes({ ...first, earlier: [{ ...whole, sizeBytes: 3 * GIB }], hasParent: false }),
    GIB,
  )
})
