import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIB, MIB } from '../../core/units.ts'
import { byteScale, durationScale, timeTicks } from './scale.ts'

const labels = (low: number, high: number, leastSpan: number) => {
  const { ticks, format } = byteScale(low, high, leastSpan)
  return ticks.map(format)
}

test('an axis for sizes has even steps that can be told apart', () => {
  assert.deepEqual(labels(0, 40 * GIB, 0), ['0 GiB', '10 GiB', '20 GiB', '30 GiB', '40 GiB'])
  assert.deepEqual(labels(28.01 * GIB, 28.06 * GIB, 0), ['28.00 GiB', '28.02 GiB', '28.04 GiB', '28.06 GiB'])
  assert.deepEqual(labels(700 * MIB, 900 * MIB, 0), ['700 MiB', '750 MiB', '800 MiB', '850 MiB', '900 MiB'])
})

test('noise does not look like growth, and nothing is below zero', () => {
  const { ticks } = byteScale(100 * MIB, 100 * MIB + 3, 10 * MIB)
  assert.ok((ticks.at(-1) ?? 0) - (ticks[0] ?? 0) >= 10 * MIB)
  assert.equal(byteScale(0, 0, 4 * MIB).ticks[0], 0)
  for (const value of [0, 1, 5e12]) assert.ok(byteScale(value, value, 0).ticks.length >= 2)
})

test('an axis for times has round times of the time zone', () => {
  const at = (time: string) => Date.parse(`2026-11-20T${time}:00.000Z`)
  const times = timeTicks(at('08:03'), at('10:03'), 0).map((each) =>
    new Date(each).toISOString().slice(11, 16),
  )
  assert.deepEqual(times, ['08:15', '08:30', '08:45', '09:00', '09:15', '09:30', '09:45', '10:00'])
  const days = timeTicks(at('08:03'), at('08:03') + 7 * 86_400_000, -60)
  assert.equal(new Date(days[0] ?? 0).toISOString(), '2026-11-20T23:00:00.000Z')
  assert.equal(days.length, 7)
})

test('an axis for durations has room for the largest, and leaves the others to be seen', () => {
  assert.deepEqual(durationScale(125, 223), { isUneven: false, ticks: [0, 100, 200, 300] })
  assert.deepEqual(durationScale(1, 1.2).ticks, [0, 0.5, 1, 1.5])
  assert.deepEqual(durationScale(5.7, 708.6), { isUneven: true, ticks: [0, 100, 709] })
  assert.deepEqual(durationScale(0, 0).ticks.length, 2)
})
