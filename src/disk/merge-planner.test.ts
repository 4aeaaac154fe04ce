import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskId, layerOf, layersOf } from '../../test/fixtures/documents.ts'
import { asId, type LayerId } from '../core/ids.ts'
import type { Layer } from './layer.ts'
import { planMerges } from './merge-planner.ts'

/** One line for each planned action; `sizes` are allocated bytes, 10 where none is given. */
function plan(
  layers: readonly Layer[],
  named: readonly string[],
  sizes: Record<string, number> = {},
): string[] {
  const actions = planMerges({
    layers: layersOf(...layers),
    named: new Set(named.map((name) => asId<LayerId>(name))),
    allocatedBytes: (layer) => sizes[layer.id] ?? 10,
  })
  return actions.map((action) =>
    action.kind === 'unlink'
      ? `unlink ${action.layer.id}`
      : `${action.direction} ${action.lower.id} ${action.child.id} ${action.copyBytes}`,
  )
}

const base = layerOf('base', null)
const middle = layerOf('mid', 'base')
const top = layerOf('top', 'mid')

test('where every layer is named or active, nothing is done', () => {
  assert.deepEqual(plan([base, middle, top], ['base', 'mid', 'top']), [])
})

test('an internal layer without children is unlinked', () => {
  assert.deepEqual(plan([base, layerOf('loose', 'base')], ['base']), ['unlink loose'])
})

test('an internal layer with several children is left alone', () => {
  const children = [layerOf('a', 'base'), layerOf('b', 'base'), layerOf('c', 'base')]
  assert.deepEqual(plan([base, ...children], ['a', 'b', 'c']), [])
})

test('an only child that holds less is folded down', () => {
  assert.deepEqual(plan([base, middle, top], ['base', 'top'], { mid: 20, top: 5 }), ['down mid top 5'])
})

test('an internal layer that holds less than its only child is copied up', () => {
  assert.deepEqual(plan([base, middle, top], ['base', 'top'], { mid: 5, top: 20 }), ['up mid top 5'])
})

test('of two equal ways, down is taken: it leaves the shorter chain of writes', () => {
  assert.deepEqual(plan([base, middle, top], ['base', 'top'], { mid: 7, top: 7 }), ['down mid top 7'])
})

test('a smaller disk is not folded into a larger one, which would keep its size', () => {
  const smaller = layerOf('top', 'mid', { virtualSizeBytes: 512 })
  assert.deepEqual(plan([base, middle, smaller], ['base', 'top'], { mid: 20, top: 5 }), ['up mid top 20'])
})

test('a larger disk may be folded into a smaller one, which grows', () => {
  const larger = layerOf('top', 'mid', { virtualSizeBytes: 2 ** 30 })
  assert.deepEqual(plan([base, middle, larger], ['base', 'top'], { mid: 20, top: 5 }), ['down mid top 5'])
})

test('an own base with one child is merged like any other layer', () => {
  assert.deepEqual(plan([base, middle], ['mid'], { base: 5, mid: 20 }), ['up base mid 5'])
  assert.deepEqual(plan([base, middle], ['mid'], { base: 20, mid: 5 }), ['down base mid 5'])
})

test('a linked base takes its only child in, however much that holds', () => {
  const linked = layerOf('base', null, { linked: true })
  assert.deepEqual(plan([linked, middle], ['mid'], { base: 1, mid: 1000 }), ['down base mid 1000'])
})

test('a linked base is never unlinked, even when nothing stands on it', () => {
  assert.deepEqual(plan([layerOf('base', null, { linked: true })], []), [])
})

test('a linked base that several layers stand on, or that is named, is left alone', () => {
  const linked = layerOf('base', null, { linked: true })
  assert.deepEqual(plan([linked, layerOf('a', 'base'), layerOf('b', 'base')], ['a', 'b']), [])
  assert.deepEqual(plan([linked, middle], ['base', 'mid']), [])
})

test('what stands alone on a linked base that nobody names is folded into it, though nobody needs it either', () => {
  const linked = layerOf('base', null, { linked: true })
  assert.deepEqual(plan([linked, middle], []), ['down base mid 10'])
  assert.deepEqual(plan([linked, middle], ['base']), ['unlink mid'])
  assert.deepEqual(plan([linked, layerOf('a', 'base'), layerOf('b', 'base')], []), ['unlink a', 'unlink b'])
})

test('the disks of a VM are planned for each on its own, unlinks first, then the cheapest merge', () => {
  const second = [
    layerOf('base1', null, { diskId: diskId(1) }),
    layerOf('mid1', 'base1', { diskId: diskId(1) }),
    layerOf('loose1', 'mid1', { diskId: diskId(1) }),
  ]
  const planned = plan([base, middle, top, ...second], ['base', 'top', 'base1'], { mid: 30, top: 40 })
  assert.deepEqual(planned, ['unlink loose1', 'down mid1 loose1 10', 'up mid top 30'])
})

test('in a row of internal layers each pair can be merged, the cheapest first', () => {
  const layers = [base, middle, top, layerOf('now', 'top')]
  assert.deepEqual(plan(layers, ['base', 'now'], { mid: 8, top: 6, now: 1 }), [
    'down top now 1',
    'down mid top 6',
  ])
})
