import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions } from './session.ts'

let nowMs = Date.UTC(2026, 0, 2)
const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }

test('a session is good for seven days, also for a daemon that was started again', () => {
  const begun = createSessions('a token', clock).begin()
  const again = createSessions('a token', clock)
  assert.deepEqual(again.of(begun.value), { expiresAt: begun.expiresAt })
  assert.equal(begun.expiresAt.toISOString(), '2026-01-09T00:00:00.000Z')
  nowMs += 7 * 24 * 3600 * 1000 - 1
  assert.ok(again.of(begun.value))
  nowMs += 1
  assert.equal(again.of(begun.value), null)
})

test('what another token has signed, or nobody, is no session', () => {
  const sessions = createSessions('a token', clock)
  const { value } = sessions.begin()
  const [end = '', signature = ''] = value.split('.')
  const forged = [
    '',
    '.',
    end,
    `${end}.`,
    `${Number(end) + 1}.${signature}`,
    `${end}.${signature.slice(0, -1)}`,
    `${end}.${signature}A`,
    `${end}.${'A'.repeat(43)}`,
    `${end}.${signature.toLowerCase()}`,
    `0${end}.${signature}`,
    `${value};`,
    createSessions('b token', clock).begin().value,
  ]
  for (const each of forged) assert.equal(sessions.of(each), null, each)
  assert.ok(sessions.of(value))
})
