import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layerOf } from '../../../test/fixtures/documents.ts'
import { asId, type LayerId } from '../../core/ids.ts'
import { chainOptions, layerOfNode, nodeName } from './nodes.ts'

test('a layer is found again by the name of its node, which QEMU accepts', () => {
  const id = asId<LayerId>('0123456789ab')
  assert.equal(layerOfNode(nodeName(id)), id)
  assert.match(nodeName(id), /^[a-z][a-z0-9]{0,30}$/)
})

test('names that QEMU made up belong to no layer', () => {
  for (const name of [
    '',
    '#block123',
    'l0123456789a',
    'l0123456789abc',
    'L0123456789ab',
    'uefi-code',
    ' l0123456789ab',
  ]) {
    assert.equal(layerOfNode(name), null, name)
  }
})

test('a chain is opened from its base, each layer over the one before it, and only the last is written to', () => {
  const chain = [layerOf('a', null), layerOf('b', 'a'), layerOf('c', 'b')]
  const seen = chainOptions(chain).map((options) => ({ backing: null, 'read-only': null, ...options }))
  assert.deepEqual(
    seen.map((options) => [options.backing, options['read-only']]),
    [
      [null, true],
      ['la', true],
      ['lb', false],
    ],
  )
})
