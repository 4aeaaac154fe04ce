import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vmView } from '../../../../test/fixtures/views.ts'
import { checkpoint } from '../../testing/examples.ts'
import { changedSince } from './apply-facts.ts'

const created = '2026-01-01T00:00:00.000Z'
const parent = checkpoint({ name: 'base', createdAt: '2026-01-02T00:00:00.000Z' })
const vm = (applied: string, at: string) =>
  vmView({
    id: 'a1',
    name: 'web01',
    createdAt: created,
    lastApply: { checkpointName: applied, at, guards: [] },
  })

test('what is discarded counts from the checkpoint above Now, or from when that was applied last', () => {
  const later = '2026-01-03T00:00:00.000Z'
  assert.equal(changedSince(vm('base', later), parent), later)
  assert.equal(changedSince(vm('base', created), parent), parent.createdAt)
})

test('after an undo, what the VM held before the apply counts, too', () => {
  const undone = vm('Before base was applied', '2026-01-03T00:00:00.000Z')
  assert.equal(changedSince(undone, parent), parent.createdAt)
})

test('without a checkpoint above, everything counts', () => {
  assert.equal(changedSince(vm('base', '2026-01-03T00:00:00.000Z'), undefined), created)
})
