import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Attempts } from './attempts.ts'

test('after ten wrong tokens an address has to wait for the rest of a minute, and no other has', () => {
  let nowMs = 0
  const attempts = new Attempts(() => nowMs)
  for (let count = 0; count < 10; count++) {
    attempts.require('192.0.2.1')
    attempts.failed('192.0.2.1')
    nowMs += 1000
  }
  assert.throws(() => attempts.require('192.0.2.1'), {
    code: 'too_many_attempts',
    message: /10 times.*"192\.0\.2\.1".*50 s/,
    details: { retryAfterSeconds: 50 },
  })
  attempts.require('192.0.2.2')
  nowMs = 59_999
  assert.throws(() => attempts.require('192.0.2.1'), { details: { retryAfterSeconds: 1 } })
  nowMs = 60_000
  attempts.require('192.0.2.1')
  attempts.failed('192.0.2.1')
  attempts.require('192.0.2.1')
})

test('many addresses are not remembered for ever', () => {
  const attempts = new Attempts(() => 0)
  for (let count = 0; count < 10; count++) attempts.failed('first')
  for (let number = 0; number < 1000; number++) attempts.failed(`${number}`)
  attempts.require('first')
})
