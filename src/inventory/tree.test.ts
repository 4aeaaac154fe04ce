import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkpointOf, documentOf } from '../../test/fixtures/documents.ts'
import { isStillpointError } from '../core/error.ts'
import { asId, type CheckpointId } from '../core/ids.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { VmDocument } from './document.ts'
import { findCheckpoint, subtreeOf, withoutCheckpoints } from './tree.ts'

/** A tree from lines like `c under a`; `now` says what Now hangs under. */
function treeOf(parents: Record<string, string | null>, now: string | null = null): VmDocument {
  return documentOf({
    checkpoints: Object.entries(parents).map(([id, parentId]) => checkpointOf(id, parentId, 'base')),
    nowParentId: now === null ? null : asId<CheckpointId>(now),
  })
}

const ids = (checkpoints: readonly Checkpoint[]) => checkpoints.map(({ id }) => id)
const pick = (document: VmDocument, wanted: readonly string[]) =>
  document.checkpoints.filter(({ id }) => wanted.includes(id))
const shape = ({ checkpoints, nowParentId }: VmDocument) => ({
  ...Object.fromEntries(checkpoints.map(({ id, parentId }) => [id, parentId])),
  Now: nowParentId,
})

test('a checkpoint is found by its id, and by its name without regard to case and blanks around it', () => {
  const document = treeOf({ a: null, b: 'a' })
  assert.equal(findCheckpoint(document, 'b').id, 'b')
  assert.equal(findCheckpoint(document, ' checkpoint B ').id, 'b')
})

test('an id is looked for before a name', () => {
  const document = documentOf({
    checkpoints: [
      checkpointOf('a', null, 'base', { name: 'b' }),
      checkpointOf('b', null, 'base', { name: 'c' }),
    ],
  })
  assert.equal(findCheckpoint(document, 'b').name, 'c')
})

test('a name that several checkpoints have is refused, with their ids', () => {
  const document = documentOf({
    checkpoints: [
      checkpointOf('a1', null, 'base', { name: 'same' }),
      checkpointOf('b2', null, 'base', { name: 'SAME' }),
    ],
  })
  assert.throws(
    () => findCheckpoint(document, 'Same'),
    (error) =>
      isStillpointError(error, 'name_ambiguous') &&
      error.message.includes('a1') &&
      error.message.includes('b2'),
  )
  assert.equal(findCheckpoint(document, 'b2').id, 'b2')
})

test('a name that no checkpoint has is refused, with the names that there are', () => {
  assert.throws(
    () => findCheckpoint(treeOf({ a: null }), 'x'),
    (error) => isStillpointError(error, 'checkpoint_not_found') && error.message.includes('"Checkpoint a"'),
  )
  assert.throws(
    () => findCheckpoint(documentOf(), 'x'),
    (error) => isStillpointError(error, 'checkpoint_not_found') && error.message.includes('nor any other'),
  )
})

test('a subtree is the checkpoint and all below it, parents before children', () => {
  const document = treeOf({ a: null, b: 'a', c: 'b', d: 'a', e: 'c', f: null })
  assert.deepEqual(ids(subtreeOf(document, asId('a'))), ['a', 'b', 'd', 'c', 'e'])
  assert.deepEqual(ids(subtreeOf(document, asId('c'))), ['c', 'e'])
  assert.deepEqual(ids(subtreeOf(document, asId('f'))), ['f'])
})

test('children of a checkpoint that is removed move up to its parent, and so does Now', () => {
  const document = treeOf({ a: null, b: 'a', c: 'b', d: 'b' }, 'b')
  assert.deepEqual(shape(withoutCheckpoints(document, pick(document, ['b']))), {
    a: null,
    c: 'a',
    d: 'a',
    Now: 'a',
  })
})

test('children of a root that is removed become roots, and Now hangs under nothing', () => {
  const document = treeOf({ a: null, b: 'a', c: 'a' }, 'a')
  assert.deepEqual(shape(withoutCheckpoints(document, pick(document, ['a']))), {
    b: null,
    c: null,
    Now: null,
  })
})

test('Now moves up past a whole subtree that is removed', () => {
  const document = treeOf({ a: null, b: 'a', c: 'b', d: 'c' }, 'd')
  const after = withoutCheckpoints(document, subtreeOf(document, asId('b')))
  assert.deepEqual(shape(after), { a: null, Now: 'a' })
})

test('memory images of removed checkpoints become garbage, besides what was garbage before', () => {
  const memory = { file: '/m/b.spm', sizeBytes: 1, sha256: '00', capture: 'background', sources: [] } as const
  const document = documentOf({
    checkpoints: [
      checkpointOf('a', null, 'base'),
      checkpointOf('b', 'a', 'base', { kind: 'standard', memory }),
    ],
    garbage: ['/old'],
  })
  assert.deepEqual(withoutCheckpoints(document, document.checkpoints).garbage, ['/old', '/m/b.spm'])
  assert.deepEqual(withoutCheckpoints(document, pick(document, ['a'])).garbage, ['/old'])
})

test('layers and what Now writes to are untouched by a removal', () => {
  const document = treeOf({ a: null, b: 'a' }, 'b')
  const after = withoutCheckpoints(document, document.checkpoints)
  assert.deepEqual([after.layers, after.active, after.checkpoints], [document.layers, document.active, []])
})

/** Parent of each checkpoint by its place; -1 for a root. */
const trees = fc
  .array(fc.nat(), { minLength: 1, maxLength: 12 })
  .map((picks) => picks.map((each, index) => (index === 0 ? -1 : (each % (index + 1)) - 1)))

test('whatever is removed, what is left keeps its nearest ancestor that is left', () => {
  fc.assert(
    fc.property(
      trees,
      fc.array(fc.boolean(), { minLength: 13, maxLength: 13 }),
      fc.nat(),
      (tree, removed, now) => {
        const name = (index: number) => (index < 0 ? null : `c${index}`)
        const document = treeOf(
          Object.fromEntries(tree.map((parent, index) => [`c${index}`, name(parent)])),
          name((now % (tree.length + 1)) - 1),
        )
        const gone = document.checkpoints.filter((_, index) => removed[index])
        const nearest = (index: number): number =>
          index >= 0 && removed[index] ? nearest(tree[index] ?? -1) : index
        const expected = Object.fromEntries(
          tree.flatMap((parent, index) => (removed[index] ? [] : [[`c${index}`, name(nearest(parent))]])),
        )
        const after = shape(withoutCheckpoints(document, gone))
        assert.deepEqual(after, { ...expected, Now: name(nearest((now % (tree.length + 1)) - 1)) })
      },
    ),
  )
})
