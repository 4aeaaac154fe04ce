import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointOf, diskId, documentOf, layerOf, layersOf } from '../../test/fixtures/documents.ts'
import { asId, type CheckpointId, type LayerId } from '../core/ids.ts'
import { viewLayers } from './layers-view.ts'

test('each layer says what is read from it; one without a state that is not active is internal', async () => {
  const document = documentOf({
    layers: layersOf(
      layerOf('base', null, { linked: true }),
      layerOf('shared', 'base'),
      layerOf('left', 'shared'),
      layerOf('right', 'shared'),
      layerOf('top', 'right'),
    ),
    active: { [diskId(0)]: asId<LayerId>('top') },
    checkpoints: [
      checkpointOf('a', null, 'base'),
      checkpointOf('b', 'a', 'left'),
      checkpointOf('c', 'a', 'right'),
    ],
    nowParentId: asId<CheckpointId>('c'),
  })
  const found = await viewLayers(document)
  assert.deepEqual(
    found.map(({ id, parentId, isActive, states }) => [
      id,
      parentId,
      isActive,
      states.map(({ name }) => name),
    ]),
    [
      ['base', null, false, ['Checkpoint a']],
      ['shared', 'base', false, []],
      ['left', 'shared', false, ['Checkpoint b']],
      ['right', 'shared', false, ['Checkpoint c']],
      ['top', 'right', true, []],
    ],
  )
  assert.deepEqual(found[0], {
    ...{ id: 'base', diskId: diskId(0), parentId: null, linked: true, sizeBytes: null, isActive: false },
    states: [{ id: 'a', name: 'Checkpoint a' }],
  })
})
