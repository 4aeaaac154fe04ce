import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskId, layerOf, layersOf } from '../../test/fixtures/documents.ts'
import { asId, type LayerId } from '../core/ids.ts'
import { afterMergeDown, afterMergeUp, replaceInView } from './merge-effect.ts'

const base = layerOf('base', null)
const lower = layerOf('lower', 'base')
const child = layerOf('child', 'lower', { virtualSizeBytes: 4096 })

test('after a merge down the lower layer stands where the child stood, with its size and its children', () => {
  const after = afterMergeDown(
    layersOf(base, lower, child, layerOf('a', 'child'), layerOf('b', 'child'), layerOf('c', 'base')),
    lower,
    child,
  )
  assert.deepEqual(
    after,
    layersOf(
      base,
      { ...lower, virtualSizeBytes: 4096 },
      layerOf('a', 'lower'),
      layerOf('b', 'lower'),
      layerOf('c', 'base'),
    ),
  )
})

test('after a merge up the child stands on what the lower layer stood on', () => {
  const after = afterMergeUp(layersOf(base, lower, child, layerOf('a', 'child')), lower, child)
  assert.deepEqual(after, layersOf(base, { ...child, parentId: base.id }, layerOf('a', 'child')))
})

test('after the base was copied up its child is the base', () => {
  const only = layerOf('lower', 'base')
  assert.deepEqual(afterMergeUp(layersOf(base, only), base, only), layersOf({ ...only, parentId: null }))
})

test('what is merged on one disk leaves the others as they were', () => {
  const other = layerOf('other', null, { diskId: diskId(1) })
  const otherTop = layerOf('other-top', 'other', { diskId: diskId(1) })
  const before = layersOf(base, lower, child, other, otherTop)
  for (const after of [afterMergeDown(before, lower, child), afterMergeUp(before, lower, child)]) {
    assert.deepEqual([after[other.id], after[otherTop.id]], [other, otherTop])
  }
})

test('the layers that were given are not changed', () => {
  const before = layersOf(base, lower, child)
  const copy = structuredClone(before)
  afterMergeDown(before, lower, child)
  afterMergeUp(before, lower, child)
  assert.deepEqual(before, copy)
})

test('a view names another layer in the place of the one that was merged, and only there', () => {
  const id = (text: string) => asId<LayerId>(text)
  const view = { [diskId(0)]: id('child'), [diskId(1)]: id('other') }
  assert.deepEqual(replaceInView(view, id('child'), id('lower')), {
    [diskId(0)]: id('lower'),
    [diskId(1)]: id('other'),
  })
  assert.deepEqual(replaceInView(view, id('absent'), id('lower')), view)
})
