import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partOf } from './progress.ts'

test('a part of a progress fills its own span of the whole, also when parts are nested', () => {
  const seen: [number, string][] = []
  const whole = { report: (percent: number, message: string) => void seen.push([percent, message]) }
  const half = partOf(whole, 50, 100)
  half.report(0, 'begins')
  partOf(half, 0, 50).report(50, 'within')
  half.report(100, 'ends')
  assert.deepEqual(seen, [
    [50, 'begins'],
    [62.5, 'within'],
    [100, 'ends'],
  ])
})
