import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedIndex } from './typeahead.ts'

test('typing a name jumps; the same letter again goes to the next', () => {
  const list = ['db', 'dc', 'web1', 'web2']
  assert.equal(typedIndex(list, 'w', 0), 2)
  assert.equal(typedIndex(list, 'ww', 2), 3)
  assert.equal(typedIndex(list, 'www', 3), 2)
  assert.equal(typedIndex(list, 'web2', 2), 3)
  assert.equal(typedIndex(list, 'D', 3), 0)
  assert.equal(typedIndex(list, 'x', 3), -1)
  assert.equal(typedIndex(list, 'd', -1), 0, 'nothing is chosen yet')
  assert.equal(typedIndex([], 'd', -1), -1)
})
