import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vmRow } from '../testing/examples.ts'
import { statusOf } from './status.ts'

test('the status says what is done, what is wrong, and what waits', () => {
  assert.deepEqual(statusOf(vmRow()), null)
  assert.deepEqual(statusOf(vmRow({ status: 'Creating Checkpoint (9%)' })), {
    text: 'Creating Checkpoint (9%)',
    percent: 9,
    isProblem: false,
  })
  assert.deepEqual(statusOf(vmRow({ state: 'broken', brokenReason: 'The disk is gone.' })), {
    text: 'The disk is gone.',
    percent: null,
    isProblem: true,
  })
  assert.equal(statusOf(vmRow({ waitingMerges: 1 }))?.text, '1 merge is waiting')
  assert.equal(statusOf(vmRow({ waitingMerges: 2, status: 'Merging (40%)' }))?.percent, 40)
})
