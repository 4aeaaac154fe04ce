import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expiryTime } from './expiry-time.ts'

const now = new Date('2026-11-20T08:00:00.000Z')

test('spans count from now, dates are local, none is null', () => {
  assert.equal(expiryTime('7d', now), '2026-11-27T08:00:00.000Z')
  assert.equal(expiryTime(' 90M ', now), '2026-11-20T09:30:00.000Z')
  assert.equal(expiryTime('2w', now), '2026-12-04T08:00:00.000Z')
  assert.equal(expiryTime('2026-12-01', now), new Date(2026, 11, 1).toISOString())
  assert.equal(expiryTime('2026-12-01 18:30', now), new Date(2026, 11, 1, 18, 30).toISOString())
  assert.equal(expiryTime('2026-12-01T18:30:05+02:00', now), '2026-12-01T16:30:05.000Z')
  assert.equal(expiryTime('None', now), null)
})

for (const wrong of ['', 'soon', '7', '7y', '-1d', '2026-13-01', '2026-12-01x', '12-01-2026', '1.5d']) {
  test(`"${wrong}" is no time`, () => {
    assert.throws(() => expiryTime(wrong, now), { code: 'invalid_request' })
  })
}
