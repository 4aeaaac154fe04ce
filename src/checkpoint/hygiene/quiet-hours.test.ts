import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { daySpanPattern } from '../../vm/settings.ts'
import { daySpan, isWithin, nextWithin } from './quiet-hours.ts'

const { TZ } = process.env
before(() => {
  process.env.TZ = 'Europe/Berlin'
})
after(() => {
  if (TZ === undefined) delete process.env.TZ
  else process.env.TZ = TZ
})

const night = daySpan('22:00-06:00')
const next = (span: string, now: string) => nextWithin(daySpan(span), new Date(now)).toISOString()

test('a span over midnight holds the evening and the morning, not its end', () => {
  const times: [string, boolean][] = [
    ['2026-01-10T20:59:59Z', false],
    ['2026-01-10T21:00:00Z', true],
    ['2026-01-10T23:00:00Z', true],
    ['2026-01-11T04:59:59Z', true],
    ['2026-01-11T05:00:00Z', false],
  ]
  for (const [at, within] of times) assert.equal(isWithin(night, new Date(at)), within, at)
})

test('a span within the day, and one of the whole day', () => {
  assert.equal(isWithin(daySpan('12:00-13:30'), new Date('2026-01-10T12:29:59Z')), true)
  assert.equal(isWithin(daySpan('12:00-13:30'), new Date('2026-01-10T12:30:00Z')), false)
  assert.equal(isWithin(daySpan('08:00-08:00'), new Date('2026-01-10T03:00:00Z')), true)
})

test('the next instant is now, this evening, or tomorrow', () => {
  assert.equal(next('22:00-06:00', '2026-01-10T22:15:30.500Z'), '2026-01-10T22:15:30.500Z')
  assert.equal(next('22:00-06:00', '2026-01-10T12:00:10Z'), '2026-01-10T21:00:00.000Z')
  assert.equal(next('12:00-13:00', '2026-01-10T12:00:00Z'), '2026-01-11T11:00:00.000Z')
})

test('when the clock is put forward, a span that begins in the hour that is missing begins after it', () => {
  // 2026-03-29, 02:00 becomes 03:00 (01:00 UTC).
  assert.equal(next('02:30-05:00', '2026-03-29T00:00:00Z'), '2026-03-29T01:00:00.000Z')
  assert.equal(next('22:00-06:00', '2026-03-29T10:00:00Z'), '2026-03-29T20:00:00.000Z')
  // It lies in that hour altogether: it is there again a day later.
  assert.equal(next('02:00-03:00', '2026-03-29T00:00:00Z'), '2026-03-30T00:00:00.000Z')
})

test('when the clock is put back, the hour that comes twice belongs to it twice', () => {
  // 2026-10-25, 03:00 becomes 02:00 (01:00 UTC).
  const span = daySpan('02:00-03:00')
  for (const at of ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'])
    assert.equal(isWithin(span, new Date(at)), true)
  assert.equal(next('02:30-03:00', '2026-10-25T01:00:00Z'), '2026-10-25T01:30:00.000Z')
  assert.equal(next('22:00-06:00', '2026-10-25T06:00:00Z'), '2026-10-25T21:00:00.000Z')
})

test('for any span and time: the next instant lies within it, and nothing before it does', () => {
  const twoDigits = (value: number) => String(value).padStart(2, '0')
  const times = fc
    .nat(1439)
    .map((minute) => `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`)
  const spans = fc.tuple(times, times).map(([from, to]) => `${from}-${to}`)
  const instants = fc.date({
    min: new Date('2026-01-01T00:00:00Z'),
    max: new Date('2027-01-01T00:00:00Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(spans, instants, fc.double({ min: 0, max: 0.999, noNaN: true }), (text, now, part) => {
      assert.match(text, daySpanPattern)
      const span = daySpan(text)
      const found = nextWithin(span, now)
      assert.ok(found >= now)
      assert.ok(isWithin(span, found))
      if (found > now) {
        const between = now.getTime() + part * (found.getTime() - now.getTime())
        assert.equal(isWithin(span, new Date(between)), false)
      }
    }),
  )
})
