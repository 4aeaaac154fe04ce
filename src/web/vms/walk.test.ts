import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextIndex, spanOf } from './walk.ts'

test('keys walk and stay within the list', () => {
  assert.equal(nextIndex('ArrowDown', -1, 5, 3), 0)
  assert.equal(nextIndex('ArrowDown', 4, 5, 3), 4)
  assert.equal(nextIndex('ArrowUp', 0, 5, 3), 0)
  assert.equal(nextIndex('PageDown', 1, 5, 3), 4)
  assert.equal(nextIndex('PageUp', 1, 5, 3), 0)
  assert.equal(nextIndex('End', 1, 5, 3), 4)
  assert.equal(nextIndex('Home', 1, 5, 3), 0)
  assert.equal(nextIndex('x', 1, 5, 3), null)
  assert.equal(nextIndex('ArrowDown', -1, 0, 3), null)
  assert.deepEqual(spanOf(['a', 'b', 'c', 'd'], 2, 1), ['b', 'c'])
})
