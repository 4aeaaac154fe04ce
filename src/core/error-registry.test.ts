import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStillpointError, messageOf, StillpointError } from './error.ts'
import { type ErrorRow, errorRegistry } from './error-registry.ts'

const rows = Object.entries<ErrorRow>(errorRegistry)

test('every error has an HTTP status of the right class and an exit code that a shell can see', () => {
  for (const [code, row] of rows) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/)
    assert.ok(row.httpStatus >= 400 && row.httpStatus <= 599, code)
    assert.ok(row.exitCode >= 1 && row.exitCode <= 125, code)
    assert.match(row.summary, /^[A-Z].*\.$/, code)
  }
})

test('exit code 1 is for unexpected errors alone', () => {
  assert.deepEqual(
    rows.filter(([, row]) => row.exitCode === 1).map(([code]) => code),
    ['internal'],
  )
})

test('an error is recognised by its code and carries its row', () => {
  const cause = new Error('below')
  const error = new StillpointError('disk_full', 'No space.', { cause, details: { path: '/x' } })
  const recognised = [isStillpointError(error), isStillpointError(error, 'io_error', 'disk_full')]
  const others = [
    isStillpointError(error, 'io_error'),
    isStillpointError(cause),
    isStillpointError('disk_full'),
  ]
  assert.deepEqual(
    [recognised, others],
    [
      [true, true],
      [false, false, false],
    ],
  )
  assert.equal(error.row, errorRegistry.disk_full)
  assert.equal(error.cause, cause)
  assert.deepEqual(error.details, { path: '/x' })
})

test('any thrown value has words', () => {
  assert.equal(messageOf(new Error('text')), 'text')
  assert.equal(messageOf('text'), 'text')
  assert.equal(messageOf(Symbol('text')), 'Symbol(text)')
  assert.equal(messageOf(null), 'null')
})
