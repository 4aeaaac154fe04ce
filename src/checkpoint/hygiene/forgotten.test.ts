import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointOf, documentOf } from '../../../test/fixtures/documents.ts'
import { forgottenOf } from './forgotten.ts'

const now = new Date('2026-11-20T08:00:00.000Z')
const limits = { olderThanDays: 7, moreThan: 3 }
const aged = (days: number, expiresAt: string | null = null) =>
  checkpointOf(`c${days}`, null, 'base', {
    name: `${days} days`,
    createdAt: new Date(now.getTime() - days * 86_400_000).toISOString(),
    expiresAt,
  })
const look = (...checkpoints: ReturnType<typeof aged>[]) =>
  forgottenOf(documentOf({ checkpoints }), limits, now)

test('few and young ones are not forgotten, nor is nothing', () => {
  assert.equal(look(), null)
  assert.equal(look(aged(7), aged(1), aged(0)), null)
})

test('too many are listed, and too old ones', () => {
  assert.deepEqual(look(aged(1), aged(2), aged(3), aged(4))?.reasons, ['4 checkpoints, more than 3'])
  assert.deepEqual(look(aged(8))?.reasons, ['1 older than 7 days'])
  assert.deepEqual(look(aged(1), aged(9), aged(3), aged(8))?.reasons, [
    '4 checkpoints, more than 3',
    '2 older than 7 days',
  ])
})

test('a span that is a part of a day is told in hours or minutes', () => {
  const reasonsAfter = (olderThanDays: number) =>
    forgottenOf(documentOf({ checkpoints: [aged(8)] }), { olderThanDays, moreThan: 3 }, now)?.reasons
  assert.deepEqual(reasonsAfter(0), ['1 older than 0 days'])
  assert.deepEqual(reasonsAfter(1), ['1 older than 1 day'])
  assert.deepEqual(reasonsAfter(0.5), ['1 older than 12 hours'])
  assert.deepEqual(reasonsAfter(1 / 48), ['1 older than 30 minutes'])
  assert.deepEqual(reasonsAfter(1 / 86_400), ['1 older than 0.02 minutes'])
})

test('the advice names the oldest, and says when nothing has to be done', () => {
  const found = look(aged(8), aged(12))
  assert.equal(found?.oldest.name, '12 days')
  assert.match(found?.advice ?? '', /checkpoint delete "web01" "12 days"\. To let new ones expire/)
  assert.match(look(aged(8, '2026-12-01T00:00:00.000Z'))?.advice ?? '', /^Nothing: all of them expire/)
})
