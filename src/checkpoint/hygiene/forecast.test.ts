import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GIB, MIB } from '../../core/units.ts'
import { fullAtMs, growthPerHour, hourMs, presentGrowth, type Sample } from './forecast.ts'

const minuteMs = 60_000
const nowMs = Date.parse('2026-11-20T08:00:00.000Z')

/** `count` samples, one a minute, the last one now. */
const line = (count: number, startBytes: number, perHour: number): Sample[] =>
  Array.from({ length: count }, (_, index) => ({
    atMs: nowMs - (count - 1 - index) * minuteMs,
    bytes: startBytes + (perHour * index) / 60,
  }))

const isNear = (found: number | null, wanted: number) =>
  assert.ok(found !== null && Math.abs(found - wanted) < Math.max(1, Math.abs(wanted) * 1e-6), `${found}`)

test('steady growth is found, and steady shrinking', () => {
  isNear(growthPerHour(line(60, 10 * GIB, 2.1 * GIB)), 2.1 * GIB)
  isNear(growthPerHour(line(60, 10 * GIB, -GIB)), -GIB)
})

test('too few samples, or too close together, say nothing', () => {
  assert.equal(growthPerHour([]), null)
  assert.equal(growthPerHour(line(4, 0, GIB)), null)
  assert.equal(growthPerHour(line(10, 0, GIB)), null)
  assert.equal(growthPerHour(line(5, 0, GIB).map((each) => ({ ...each, atMs: nowMs }))), null)
})

const amounts = fc.integer({ min: 0, max: 100_000 }).map((mib) => mib * MIB)

test('a burst, a delete or any other fifth of wrong samples does not bend it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 15, max: 120 }),
      amounts,
      amounts,
      fc.array(fc.tuple(fc.nat(1000), amounts), { maxLength: 30 }),
      (count, start, perHour, wrong) => {
        const samples = line(count, start, perHour)
        for (const [at, bytes] of wrong.slice(0, Math.floor(count / 5))) {
          const index = at % count
          samples[index] = { atMs: samples[index]?.atMs ?? 0, bytes }
        }
        isNear(growthPerHour(samples), perHour)
      },
    ),
  )
})

test('neither the order of the samples nor an amount that was there before changes it', () => {
  const noisy = fc.array(fc.tuple(fc.integer({ min: 0, max: 119 }), amounts), { minLength: 5, maxLength: 60 })
  fc.assert(
    fc.property(noisy, amounts, (points, more) => {
      const samples = points.map(([minute, bytes]) => ({ atMs: nowMs - minute * minuteMs, bytes }))
      const growth = growthPerHour(samples)
      const moved = growthPerHour(
        samples.toReversed().map(({ atMs, bytes }) => ({ atMs, bytes: bytes + more })),
      )
      if (growth === null) assert.equal(moved, null)
      else isNear(moved, growth)
    }),
  )
})

test('present growth is that of the last two hours; of the last day when they say nothing', () => {
  const quiet = line(60, 50 * GIB, 0)
  const before = Array.from({ length: 12 }, (_, index) => ({
    atMs: nowMs - (14 - index) * hourMs,
    bytes: index * GIB,
  }))
  isNear(presentGrowth([...before, ...quiet], nowMs), 0)
  isNear(presentGrowth(before, nowMs), GIB)
  assert.equal(presentGrowth(before.slice(0, 3), nowMs), null)
  assert.equal(presentGrowth(before, nowMs + 30 * hourMs), null)
})

test('a volume is full when what is free is used up; nothing is foreseen without growth', () => {
  assert.equal(fullAtMs(6.3 * GIB, 2.1 * GIB, nowMs), nowMs + 3 * hourMs)
  assert.equal(fullAtMs(0, GIB, nowMs), nowMs)
  for (const growth of [null, 0, -GIB, 1000]) assert.equal(fullAtMs(GIB, growth, nowMs), null)
  assert.equal(fullAtMs(1e6 * GIB, MIB, nowMs), null)
})

test('less free space, or more growth, is never full later', () => {
  fc.assert(
    fc.property(amounts, amounts, amounts, amounts, (free, lessFree, growth, moreGrowth) => {
      const at = fullAtMs(free + lessFree, growth, nowMs) ?? Number.POSITIVE_INFINITY
      const sooner = fullAtMs(free, growth + moreGrowth, nowMs) ?? Number.POSITIVE_INFINITY
      assert.ok(sooner <= at)
      assert.ok(sooner >= nowMs)
    }),
  )
})
