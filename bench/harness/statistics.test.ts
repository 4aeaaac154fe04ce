import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, rounded } from './statistics.ts'

test('the median does not depend on the order, and ignores one run that went wrong', () => {
  assert.equal(median([30, 10, 20]), 20)
  assert.equal(median([10, 20, 30, 9000]), 25)
  assert.equal(median([7]), 7)
})

test('the median of nothing is not a number', () => {
  assert.ok(Number.isNaN(median([])))
})

test('four figures are kept', () => {
  assert.equal(rounded(12.3456), 12.35)
  assert.equal(rounded(0.00123456), 0.001235)
  assert.equal(rounded(12345.6), 12346)
})
