import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Expiry, expiresAtOf, expiryOf, localTime } from './expiry.ts'

const nowMs = Date.parse('2026-11-20T08:00:00.000Z')
const timeOf = (expiry: Expiry) => expiresAtOf(expiry, nowMs)

test('never, and what the settings say, are told apart', () => {
  assert.deepEqual(timeOf({ choice: 'never' }), { expiresAt: null })
  assert.deepEqual(timeOf({ choice: 'as-set' }), { expiresAt: undefined })
})

test('a span counts from now', () => {
  const after = (count: number | null, unit: 'hours' | 'days' | 'weeks') =>
    timeOf({ choice: 'after', count, unit })
  assert.deepEqual(after(12, 'hours'), { expiresAt: '2026-11-20T20:00:00.000Z' })
  assert.deepEqual(after(2, 'weeks'), { expiresAt: '2026-12-04T08:00:00.000Z' })
  for (const refused of [after(null, 'days'), after(0, 'days'), after(1e12, 'weeks')])
    assert.ok('refusal' in refused)
})

test('a date is one of the browser, in the future', () => {
  const at = localTime('2026-12-01T18:00:00.000Z')
  assert.deepEqual(timeOf({ choice: 'at', at }), { expiresAt: '2026-12-01T18:00:00.000Z' })
  for (const wrong of ['', 'tomorrow', localTime('2026-11-20T07:59:00.000Z')])
    assert.ok('refusal' in timeOf({ choice: 'at', at: wrong }))
})

test('what a checkpoint has comes back as it was, to the minute', () => {
  assert.deepEqual(timeOf(expiryOf('2026-12-01T18:30:00.000Z')), { expiresAt: '2026-12-01T18:30:00.000Z' })
  assert.deepEqual(expiryOf(null), { choice: 'never' })
})
