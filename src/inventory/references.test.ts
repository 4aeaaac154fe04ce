import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointOf, diskId, documentOf, layerOf, layersOf } from '../../test/fixtures/documents.ts'
import { asId, type LayerId } from '../core/ids.ts'
import { activeLayers, namedLayers } from './references.ts'

test('named are the layers of every checkpoint and those that Now writes to, on all disks', () => {
  const document = documentOf({
    layers: layersOf(layerOf('base', null), layerOf('internal', 'base'), layerOf('top', 'internal')),
    active: { [diskId(0)]: asId<LayerId>('top'), [diskId(1)]: asId<LayerId>('top1') },
    checkpoints: [
      checkpointOf('a', null, 'base'),
      checkpointOf('b', 'a', 'base', {
        disks: { [diskId(0)]: asId<LayerId>('base'), [diskId(1)]: asId<LayerId>('base1') },
      }),
    ],
  })
  assert.deepEqual([...namedLayers(document)].sort(), ['base', 'base1', 'top', 'top1'])
  assert.deepEqual([...activeLayers(document)], ['top', 'top1'])
})
