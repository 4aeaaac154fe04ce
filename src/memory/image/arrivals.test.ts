import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Arrivals } from './arrivals.ts'

const earlyOf = (pages: number, order: readonly number[]) => {
  const arrivals = new Arrivals(pages)
  return order.filter((page) => arrivals.isEarly(page))
}

test('pages that come in order are not early', () => {
  assert.deepEqual(earlyOf(5, [0, 1, 2, 3, 4]), [])
})

test('pages that come before their turn are, and those that follow in order are not', () => {
  assert.deepEqual(earlyOf(8, [0, 6, 1, 2, 4, 3, 5, 7]), [6, 4])
})

test('a page that comes again is not early', () => {
  assert.deepEqual(earlyOf(4, [0, 1, 0, 1, 2, 3]), [])
})

test('whatever pages are sent first in between, exactly those are early', () => {
  const urgent = fc.uniqueArray(fc.nat(99), { maxLength: 30 })
  fc.assert(
    fc.property(urgent, fc.infiniteStream(fc.nat(3)), (wanted, gaps) => {
      const sent = new Set<number>()
      const order: number[] = []
      const expected: number[] = []
      const send = (page: number) => {
        if (sent.has(page)) return false
        sent.add(page)
        order.push(page)
        return true
      }
      const left = [...wanted]
      for (let page = 0; page < 100; page++) {
        for (let count = gaps.next().value ?? 0; count > 0 && left.length > 0; count--) {
          const next = left.shift() ?? 0
          let turn = 0
          while (sent.has(turn)) turn++
          if (send(next) && next !== turn) expected.push(next)
        }
        send(page)
      }
      assert.deepEqual(earlyOf(100, order), expected)
    }),
  )
})
