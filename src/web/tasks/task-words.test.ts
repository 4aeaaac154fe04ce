import assert from 'node:assert/strict'
import { test } from 'node:test'
import { taskKinds } from '../../task/task.ts'
import { task } from '../testing/examples.ts'
import { duration, durationMs, groupOf, meanPercent } from './task-words.ts'

test('durations are read at a glance', () => {
  assert.deepEqual([null, 320, 4240, 59_999, 200_000, 7_500_000].map(duration), [
    '–',
    '320 ms',
    '4.2 s',
    '59 s',
    '3 min 20 s',
    '2 h 05 min',
  ])
  assert.equal(durationMs(task({ endedAt: '2026-11-20T08:17:39.500Z' }), 0), 4500)
  assert.equal(durationMs(task(), Date.parse('2026-11-20T08:17:36.000Z')), 1000)
})

test('every kind of task is found by one filter', () => {
  const groups = new Set(taskKinds.map(groupOf))
  assert.deepEqual([...groups].toSorted(), ['checkpoint', 'merge', 'power', 'setup'])
  assert.equal(groupOf('checkpoint.export'), 'checkpoint')
  assert.equal(groupOf('group.apply'), 'checkpoint')
})

test('the ring shows all that run as one', () => {
  assert.equal(meanPercent([]), null)
  assert.equal(meanPercent([task({ percent: 20 }), task({ percent: 41 })]), 31)
})
