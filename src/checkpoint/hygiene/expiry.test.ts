import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointOf, documentOf } from '../../../test/fixtures/documents.ts'
import { defaultSettings } from '../../vm/settings.ts'
import { defaultExpiry, expiredCheckpoints, nextExpiry, requireFuture } from './expiry.ts'

const now = new Date('2026-03-01T12:00:00.000Z')
const expiring = (id: string, expiresAt: string | null) => checkpointOf(id, null, 'base', { expiresAt })
const vmOf = (...dates: (string | null)[]) =>
  documentOf({ checkpoints: dates.map((date, index) => expiring(`c${index}`, date)) })

test('the age limit is the default date of new checkpoints', () => {
  assert.equal(defaultExpiry(defaultSettings, now), null)
  assert.equal(
    defaultExpiry({ ...defaultSettings, maxCheckpointAgeDays: 7 }, now),
    '2026-03-08T12:00:00.000Z',
  )
})

test('a date must lie in the future', () => {
  requireFuture('2026-03-01T12:00:00.001Z', now)
  for (const past of ['2026-03-01T12:00:00.000Z', '2025-01-01T00:00:00.000Z'])
    assert.throws(() => requireFuture(past, now), { code: 'invalid_request', message: /has passed/ })
})

test('expired are those whose date has come, the oldest date first', () => {
  const vm = vmOf('2026-03-01T12:00:00.000Z', null, '2026-03-01T11:00:00.000Z', '2026-03-01T12:00:00.001Z')
  assert.deepEqual(
    expiredCheckpoints(vm, now).map(({ id }) => id),
    ['c2', 'c0'],
  )
})

test('the next date is the first of all VMs, and never when nothing expires', () => {
  assert.equal(nextExpiry([]), Number.POSITIVE_INFINITY)
  assert.equal(nextExpiry([vmOf(null)]), Number.POSITIVE_INFINITY)
  const first = '2026-03-02T00:00:00.000Z'
  assert.equal(nextExpiry([vmOf('2026-04-01T00:00:00.000Z'), vmOf(null, first)]), Date.parse(first))
})
