import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkpointOf,
  diskId,
  documentOf,
  hardwareOf,
  layerOf,
  layersOf,
} from '../../test/fixtures/documents.ts'
import { isStillpointError } from '../core/error.ts'
import { asId, type CheckpointId, type LayerId } from '../core/ids.ts'
import type { VmDocument } from './document.ts'
import { checkDocument } from './invariants.ts'

const layerId = (text: string) => asId<LayerId>(text)
const memory = { file: '/m', sizeBytes: 1, sha256: '00', capture: 'background', sources: [] } as const

/** base (named by a) ── top (active), beside it an internal layer with two children. */
const sound = documentOf({
  layers: layersOf(
    layerOf('base', null),
    layerOf('top', 'base'),
    layerOf('internal', 'base'),
    layerOf('b', 'internal'),
    layerOf('c', 'internal'),
  ),
  active: { [diskId(0)]: layerId('top') },
  checkpoints: [checkpointOf('a', null, 'base'), checkpointOf('b', 'a', 'b'), checkpointOf('c', 'a', 'c')],
  nowParentId: asId<CheckpointId>('a'),
})

test('a sound document is accepted, with internal layers, branches and no checkpoint at all', () => {
  checkDocument(sound)
  checkDocument(documentOf())
})

const violations: readonly [string, Partial<VmDocument>, RegExp][] = [
  [
    'Now writes to a layer that does not exist',
    { active: { [diskId(0)]: layerId('lost') } },
    /Now names layer "lost"/,
  ],
  ['a disk has no active layer', { hardware: hardwareOf(2) }, /disk1 has no active layer/],
  [
    'Now writes to a layer of another disk',
    { layers: { ...sound.layers, ...layersOf(layerOf('top', null, { diskId: diskId(1) })) } },
    /Now names layer "top" of disk1 for disk0/,
  ],
  [
    'the active layer has a child',
    { layers: { ...sound.layers, ...layersOf(layerOf('d', 'top')) } },
    /"top" has the child "d"/,
  ],
  [
    'a layer stands on one that does not exist, though nobody names either',
    { layers: { ...sound.layers, ...layersOf(layerOf('loose', 'lost')) } },
    /gap at layer "lost"/,
  ],
  [
    'two layers stand on each other',
    { layers: { ...sound.layers, ...layersOf(layerOf('x', 'y'), layerOf('y', 'x')) } },
    /is a loop/,
  ],
  [
    'a layer stands on one of another disk',
    { layers: { ...sound.layers, ...layersOf(layerOf('x', 'base', { diskId: diskId(1) })) } },
    /"x" of disk1 stands on "base" of disk0/,
  ],
  [
    'a layer is filed under the id of another',
    { layers: { ...sound.layers, [layerId('x')]: layerOf('y', 'base') } },
    /"y" is filed as "x"/,
  ],
  [
    'Now hangs under a checkpoint that does not exist',
    { nowParentId: asId('lost') },
    /Now hangs under an unknown/,
  ],
  [
    'a checkpoint has a parent that does not exist',
    { checkpoints: [...sound.checkpoints, checkpointOf('d', 'lost', 'b')] },
    /unknown ancestor/,
  ],
  [
    'two checkpoints are ancestors of each other',
    { checkpoints: [...sound.checkpoints, checkpointOf('x', 'y', 'b'), checkpointOf('y', 'x', 'b')] },
    /among its own ancestors/,
  ],
  [
    'two checkpoints have the same id',
    { checkpoints: [...sound.checkpoints, checkpointOf('a', null, 'b')] },
    /the same id/,
  ],
  [
    'a checkpoint names a layer that does not exist',
    { checkpoints: [checkpointOf('a', null, 'lost')] },
    /names layer "lost"/,
  ],
  [
    'a checkpoint names the active layer',
    { checkpoints: [checkpointOf('a', null, 'top')] },
    /names the active layer "top"/,
  ],
  [
    'a checkpoint has no layer for one of its disks',
    { checkpoints: [checkpointOf('a', null, 'base', { hardware: hardwareOf(2) })] },
    /has no layer for disk1/,
  ],
  [
    'a checkpoint names a layer of another disk',
    {
      checkpoints: [
        checkpointOf('a', null, 'base', {
          disks: { [diskId(0)]: layerId('base'), [diskId(1)]: layerId('b') },
        }),
      ],
    },
    /names layer "b" of disk0 for disk1/,
  ],
  [
    'a standard checkpoint has no memory',
    { checkpoints: [checkpointOf('a', null, 'base', { kind: 'standard' })] },
    /memory image disagree/,
  ],
  [
    'a production checkpoint has memory',
    { checkpoints: [checkpointOf('a', null, 'base', { kind: 'production', memory })] },
    /memory image disagree/,
  ],
]

for (const [what, change, message] of violations) {
  test(`a document in which ${what} is refused`, () => {
    assert.throws(
      () => checkDocument({ ...sound, ...change }),
      (error) => {
        assert.ok(isStillpointError(error, 'inventory_damaged'))
        assert.match(error.message, message)
        return true
      },
    )
  })
}
