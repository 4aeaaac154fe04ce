import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FillLevel, isWorse, nextFillLevel } from './fill-level.ts'
import { hourMs } from './forecast.ts'

/** The levels that are told of, over forecasts in hours. */
function told(hours: readonly (number | null)[]): FillLevel[] {
  const notices: FillLevel[] = []
  let level: FillLevel = 'ok'
  for (const each of hours) {
    const next = nextFillLevel(level, each === null ? null : each * hourMs)
    if (isWorse(next, level)) notices.push(next)
    level = next
  }
  return notices
}

test('a warning at 24 h and an error at 3 h, once each', () => {
  assert.deepEqual(told([null, 100, 25]), [])
  assert.deepEqual(told([30, 24, 20, 25, 40, 10, 4, 3, 2, 5, 1, 0]), ['warning', 'error'])
  assert.deepEqual(told([1]), ['error'])
})

test('it is told again after it was well for a while', () => {
  assert.deepEqual(told([20, 49, 20]), ['warning', 'warning'])
  assert.deepEqual(told([20, null, 20]), ['warning', 'warning'])
  assert.deepEqual(told([2, 7, 2]), ['error', 'error'])
})

test('a forecast that wavers by a third about any threshold is told of at most once for each level', () => {
  const wavering = fc.tuple(
    fc.double({ min: 0.1, max: 200, noNaN: true }),
    fc.array(fc.double({ min: 0.75, max: 1.33, noNaN: true }), { minLength: 1, maxLength: 50 }),
  )
  fc.assert(
    fc.property(wavering, ([hours, factors]) => {
      const notices = told(factors.map((factor) => hours * factor))
      assert.equal(new Set(notices).size, notices.length)
    }),
  )
})
