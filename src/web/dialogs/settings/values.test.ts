import assert from 'node:assert/strict'
import { test } from 'node:test'
import { updateVmSchema } from '../../../contract/vm.ts'
import { changeVmsSchema } from '../../../contract/vm-settings.ts'
import { defaultSettings } from '../../../vm/settings.ts'
import { vmView } from '../../testing/vm-view.ts'
import { problemsOf } from './problems.ts'
import { changesOf, mixed, originalOfMany, originalOfOne, requestForMany, requestForOne } from './values.ts'

const original = originalOfOne(vmView())

test('only what differs from how it is counts as changed', () => {
  assert.deepEqual(changesOf(original, {}), {})
  assert.deepEqual(changesOf(original, { undoHours: 24, tags: ['web'], name: ' web01 ', guards: {} }), {})
  assert.deepEqual(changesOf(original, { undoHours: 0, memoryMiB: 1024 }), { undoHours: 0 })
  assert.deepEqual(changesOf(original, { maxCheckpoints: null }), {})
  assert.deepEqual(Object.keys(changesOf(original, { maxCheckpoints: Number.NaN })), ['maxCheckpoints'])
  const guarded = originalOfOne(
    vmView({ settings: { ...defaultSettings, guards: { database: 'warn', 'cluster-member': 'off' } } }),
  )
  assert.deepEqual(changesOf(guarded, { guards: { 'cluster-member': 'off', database: 'warn' } }), {})
})

test('what is sent for one VM is what the API takes, and nothing else', () => {
  const request = requestForOne({ name: ' web02 ', cpus: 4, undoHours: 48, maxCheckpoints: null, tags: [] })
  assert.deepEqual(request, {
    name: 'web02',
    cpus: 4,
    tags: [],
    settings: { undoHours: 48, maxCheckpoints: null },
  })
  assert.deepEqual(updateVmSchema.parse(request), request)
  assert.deepEqual(requestForOne({ cpus: 4 }), { cpus: 4 })
})

test('of several VMs, what they have in common is shown, and the rest is called mixed', () => {
  const vm = (id: string, change: object) => ({
    id,
    name: id,
    tags: [],
    settings: { ...defaultSettings, ...change },
  })
  const many = originalOfMany([
    vm('a1', { maxCheckpoints: 5, guards: { database: 'off' } }),
    vm('b2', { maxCheckpoints: null, guards: { database: 'off' } }),
  ])
  assert.equal(many.maxCheckpoints, mixed)
  assert.equal(many.undoHours, 24)
  assert.deepEqual(many.guards, { database: 'off' })
  assert.equal(many.name, undefined)
  assert.deepEqual(changesOf(many, { maxCheckpoints: null, addTags: [] }), { maxCheckpoints: null })

  const request = requestForMany(['a1', 'b2'], { maxCheckpoints: null, addTags: ['web'] })
  assert.deepEqual(request, {
    select: { names: ['a1', 'b2'] },
    settings: { maxCheckpoints: null },
    addTags: ['web'],
    removeTags: [],
  })
  assert.deepEqual(changeVmsSchema.parse(request), request)
})

test('what is beyond the limits is said at its field', () => {
  assert.deepEqual(problemsOf({ undoHours: 0, maxCheckpoints: null, freezeBudgetMs: 100 }), {})
  const problems = problemsOf({
    name: ' ',
    undoHours: 8761,
    maxCheckpoints: Number.NaN,
    freezeBudgetMs: 99,
    maxCheckpointBytes: Number.NaN,
    mergeQuietHours: '22:00-',
    checkpointLocation: 'fast',
    memoryMiB: 1.5,
    tags: ['x'.repeat(101)],
  })
  assert.equal(Object.keys(problems).length, 9)
  assert.equal(problems.undoHours, 'A whole number, 0 to 8,760 h.')
})
