import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layerOf, layersOf } from '../../test/fixtures/documents.ts'
import { isStillpointError } from '../core/error.ts'
import { asId, type LayerId } from '../core/ids.ts'
import { chainOf, childrenOf } from './chain.ts'

const id = (text: string) => asId<LayerId>(text)
const names = (layers: readonly { id: string }[]) => layers.map((layer) => layer.id)

test('a chain goes from the base up to the layer that was asked for', () => {
  const layers = layersOf(
    layerOf('top', 'mid'),
    layerOf('base', null),
    layerOf('mid', 'base'),
    layerOf('side', 'base'),
  )
  assert.deepEqual(names(chainOf(layers, id('top'))), ['base', 'mid', 'top'])
  assert.deepEqual(names(chainOf(layers, id('mid'))), ['base', 'mid'])
  assert.deepEqual(names(chainOf(layers, id('base'))), ['base'])
})

test('a chain with a gap is damage, and the message names the layer that is missing', () => {
  const layers = layersOf(layerOf('top', 'mid'), layerOf('mid', 'lost'))
  assert.throws(
    () => chainOf(layers, id('top')),
    (error) => isStillpointError(error, 'inventory_damaged') && /gap at layer "lost"/.test(error.message),
  )
  assert.throws(() => chainOf(layers, id('absent')), /gap at layer "absent"/)
})

test('a chain that is a loop is damage, of one layer too', () => {
  const layers = layersOf(layerOf('a', 'b'), layerOf('b', 'a'), layerOf('self', 'self'))
  for (const top of ['a', 'self']) {
    assert.throws(
      () => chainOf(layers, id(top)),
      (error) => isStillpointError(error, 'inventory_damaged') && error.message.includes('loop'),
    )
  }
})

test('children are found for every layer that has some', () => {
  const layers = layersOf(
    layerOf('base', null),
    layerOf('a', 'base'),
    layerOf('b', 'base'),
    layerOf('c', 'a'),
  )
  const children = childrenOf(layers)
  assert.deepEqual(names(children.get(id('base')) ?? []), ['a', 'b'])
  assert.deepEqual(names(children.get(id('a')) ?? []), ['c'])
  assert.deepEqual([...children.keys()], ['base', 'a'])
})
