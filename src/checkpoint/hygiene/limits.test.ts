import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointOf, documentOf } from '../../../test/fixtures/documents.ts'
import { GIB } from '../../core/units.ts'
import { defaultSettings, type Settings } from '../../vm/settings.ts'
import { limitError, reachedLimit } from './limits.ts'

const usage = { baseBytes: 100 * GIB, layerBytes: 2 * GIB, memoryBytes: GIB }
const checkpoints = [3, 1, 2].map((day) =>
  checkpointOf(`c${day}`, null, 'base', { name: `day ${day}`, createdAt: `2026-01-0${day}T00:00:00.000Z` }),
)
const withLimits = (settings: Partial<Settings>) => ({
  ...documentOf({ checkpoints, settings: { ...defaultSettings, ...settings } }),
})

test('without limits any number and size is allowed', () => {
  assert.equal(reachedLimit(withLimits({}), usage), null)
})

test('the count refuses once it is reached', () => {
  assert.equal(reachedLimit(withLimits({ maxCheckpoints: 4 }), usage), null)
  assert.deepEqual(reachedLimit(withLimits({ maxCheckpoints: 3 }), usage), {
    limit: 'maxCheckpoints',
    allowed: 3,
    present: 3,
  })
})

test('the size counts what checkpoints cost, not the base', () => {
  assert.equal(reachedLimit(withLimits({ maxCheckpointBytes: 3 * GIB + 1 }), usage), null)
  assert.equal(reachedLimit(withLimits({ maxCheckpointBytes: 3 * GIB }), usage)?.present, 3 * GIB)
})

test('the error names the limit, the present value, the oldest, and what to do', () => {
  const document = withLimits({ maxCheckpoints: 2 })
  const { code, message, details } = limitError(document, {
    limit: 'maxCheckpoints',
    allowed: 2,
    present: 3,
  })
  assert.equal(code, 'limit_reached')
  assert.match(message, /has 3 of at most 2 checkpoints \(setting maxCheckpoints\)/)
  assert.match(message, /the oldest: "day 1" \(2026-01-01\), "day 2" \(2026-01-02\), "day 3"/)
  assert.match(message, /stillpoint vm set .* --max-checkpoints N/)
  assert.deepEqual([details.limit, details.allowed, details.present], ['maxCheckpoints', 2, 3])
})
