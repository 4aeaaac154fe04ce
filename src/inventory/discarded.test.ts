import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointOf, diskId, documentOf, layerOf, layersOf } from '../../test/fixtures/documents.ts'
import { asId, type CheckpointId, type LayerId } from '../core/ids.ts'
import {
  discardedFrom,
  expiredDiscarded,
  findDiscarded,
  mostDiscarded,
  withDiscarded,
  withoutDiscarded,
} from './discarded.ts'
import type { VmDocument } from './document.ts'
import { checkDocument } from './invariants.ts'
import { namedLayers } from './references.ts'
import { withoutCheckpoints } from './tree.ts'

const at = new Date('2026-11-20T08:00:00.000Z')
const id = (text: string) => asId<CheckpointId>(text)
const discardedOf = (document: VmDocument, name: string, cause: 'apply' | 'undo' = 'apply') =>
  discardedFrom(document, {
    id: id(name),
    at,
    applied: 'A',
    cause,
    powerState: 'running',
    qemuVersion: '7.2.0',
    tpmState: null,
  })

const memory = { file: '/m/d.spm', sizeBytes: 1, sha256: 'ab', capture: 'stopped' as const, sources: [] }

/** A on `base`; Now on `now`, then on `next` after A was applied. */
function applied(): VmDocument {
  const before = documentOf({
    layers: layersOf(layerOf('base', null), layerOf('now', 'base'), layerOf('next', 'base')),
    active: { [diskId(0)]: asId<LayerId>('now') },
    checkpoints: [checkpointOf('A', null, 'base')],
    nowParentId: id('A'),
  })
  const discarded = discardedOf(before, 'D')
  return withDiscarded({ ...before, active: { [diskId(0)]: asId<LayerId>('next') } }, discarded, null)
}

test('what an apply discards names the layers that Now wrote to, and expires by the setting', () => {
  const document = applied()
  checkDocument(document)
  assert.deepEqual(namedLayers(document), new Set(['base', 'now', 'next']))
  const [{ state, expiresAt } = assert.fail()] = document.discarded
  assert.equal(state.parentId, 'A')
  assert.equal(state.record.consistency, 'crash')
  assert.equal(expiresAt, '2026-11-21T08:00:00.000Z')
  assert.deepEqual(expiredDiscarded(document, new Date('2026-11-21T07:59:59.999Z')), [])
  assert.deepEqual(expiredDiscarded(document, new Date(expiresAt)), ['D'])
})

test('it hangs under the nearest checkpoint that is left when its own is deleted', () => {
  const document = applied()
  const next = withoutCheckpoints(document, document.checkpoints)
  checkDocument(next)
  assert.equal(next.discarded[0]?.state.parentId, null)
})

test('without it, its layers are named by nobody and its memory is garbage', () => {
  const document = applied()
  const [first = assert.fail()] = document.discarded
  const saved: VmDocument = {
    ...document,
    discarded: [{ ...first, state: { ...first.state, kind: 'standard', memory } }],
  }
  checkDocument(saved)
  const next = withoutDiscarded(saved, [id('D')])
  checkDocument(next)
  assert.deepEqual(namedLayers(next), new Set(['base', 'next']))
  assert.deepEqual(next.garbage, ['/m/d.spm'])
})

test('what a guest is being loaded from is kept until all of it is there, and is brought back once only', () => {
  const document = applied()
  const [first = assert.fail()] = document.discarded
  const instance = {
    ...{ runFolder: '/r', pid: 1, processStart: '1', startedAt: '', qemuVersion: '', resumePending: false },
    loading: memory,
  }
  const next = withDiscarded(
    {
      ...document,
      instance,
      discarded: [{ ...first, state: { ...first.state, kind: 'standard', memory } }],
    },
    null,
    id('D'),
  )
  checkDocument(next)
  assert.deepEqual([next.discarded.length, next.garbage], [1, []])
  assert.throws(() => findDiscarded(next, null), { code: 'nothing_to_undo' })
  const loaded = withoutDiscarded({ ...next, instance: null }, [id('D')])
  assert.deepEqual([loaded.discarded, loaded.garbage], [[], ['/m/d.spm']])
})

test('only so many are kept, the newest; the one that is brought back does not count', () => {
  let document = applied()
  for (let count = 0; count < 2 * mostDiscarded; count++)
    document = withDiscarded(document, discardedOf(document, `E${count}`), null)
  assert.equal(document.discarded.length, mostDiscarded)
  const [oldest = assert.fail()] = document.discarded
  const undone = withDiscarded(document, discardedOf(document, 'U', 'undo'), oldest.state.id)
  assert.deepEqual(
    undone.discarded.map(({ state }) => state.id),
    [...document.discarded.slice(1).map(({ state }) => state.id), 'U'],
  )
})

test('an undo brings back the newest that an apply discarded, never what an undo did', () => {
  const document = applied()
  const both = withDiscarded(document, discardedOf(document, 'U', 'undo'), null)
  assert.equal(findDiscarded(both, null).state.id, 'D')
  assert.equal(findDiscarded(both, 'U').state.id, 'U')
  assert.throws(() => findDiscarded(documentOf(), null), { code: 'nothing_to_undo', message: /24 hours/ })
  assert.throws(() => findDiscarded(both, 'A'), { code: 'nothing_to_undo', message: /kept are D .*U/ })
})
