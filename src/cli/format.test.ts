import assert from 'node:assert/strict'
import { test } from 'node:test'
import { age, bytes, milliseconds, plain, uptime } from './format.ts'

const at = '2026-01-02T03:04:05.000Z'
const later = (seconds: number) => new Date(Date.parse(at) + seconds * 1000)

test('ages have one unit, uptimes two', () => {
  const cases: [number, string, string][] = [
    [-5, '0s', '0s'],
    [59, '59s', '59s'],
    [61, '1m', '1m 01s'],
    [3600 + 120, '1h', '1h 02m'],
    [86_400 * 9 + 3600 * 4, '9d', '9d 4h'],
  ]
  for (const [seconds, expectedAge, expectedUptime] of cases) {
    assert.equal(age(at, later(seconds)), expectedAge)
    assert.equal(uptime(at, later(seconds)), expectedUptime)
  }
  assert.equal(uptime(null, later(0)), '-')
})

test('milliseconds have a decimal only where it matters', () => {
  assert.deepEqual([3.44, 99.96, 211.4, 12_345, null].map(milliseconds), [
    '3.4 ms',
    '100 ms',
    '211 ms',
    '12.3 s',
    '-',
  ])
  assert.equal(bytes(null), '-')
})

test('foreign text cannot steer the terminal', () => {
  assert.equal(plain('a\u001b[2Jb\u0007c\nd\te\u0085f'), 'ab\ufffdc\nd\te\ufffdf')
})
