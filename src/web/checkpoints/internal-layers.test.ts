import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LayerView } from '../../contract/layer.ts'
import { checkpoint } from '../testing/examples.ts'
import { withInternalLayers } from './internal-layers.ts'
import { type TreeItem, treeItems } from './tree-item.ts'

/** `L2 L1 C D`: layer L2 over L1, from which C and D are read; `-` for none, `now` for Now. */
function layersOf(...lines: readonly string[]): LayerView[] {
  return lines.map((line) => {
    const [id = '', parent = '-', ...users] = line.split(' ')
    return {
      id,
      diskId: id.startsWith('M') ? 'disk1' : 'disk0',
      parentId: parent === '-' ? null : parent,
      linked: false,
      sizeBytes: 100,
      isActive: users.includes('now'),
      states: users.filter((user) => user !== 'now').map((user) => ({ id: user, name: user })),
    }
  })
}

const tree = (nowParent: string, ...pairs: readonly string[]) =>
  treeItems({
    checkpoints: pairs.map((pair) => {
      const [id = '', parentId = null] = pair.split(' ')
      return checkpoint({ id, parentId, isNowParent: id === nowParent })
    }),
    discarded: [],
    status: null,
  })

const shape = (items: readonly TreeItem[]) =>
  items.map(({ id, parentId, kind }) => `${kind === 'internal' ? '*' : ''}${id} < ${parentId}`)

test('where nothing is internal the tree stays as it is', () => {
  const items = tree('a', 'a')
  assert.equal(withInternalLayers(items, layersOf('L0 - a', 'L1 L0 now')), items)
})

test('what was one checkpoint of two disks is one row, above which its branches part; Now stays last', () => {
  const items = tree('c', 'a', 'c a', 'd a')
  const layers = layersOf(
    ...['L0 - a', 'L1 L0', 'L2 L1 c', 'L3 L1 d', 'L4 L2 now'],
    ...['M0 - a', 'M1 M0', 'M2 M1 c', 'M3 M1 d', 'M4 M2 now'],
  )
  const found = withInternalLayers(items, layers)
  assert.deepEqual(shape(found), [
    'a < null',
    'c < internal:c d',
    '*internal:c d < a',
    'd < internal:c d',
    'now < c',
  ])
  const [row] = found.filter((item) => item.kind === 'internal')
  assert.deepEqual(row?.internal, { layers: 2, disks: 2, sizeBytes: 200, waitsForMerge: false })
})

test('one within the other hangs below it; a base without a name is the root; Now may stand on one', () => {
  const items = tree('none', 'c', 'd')
  const layers = layersOf('L0 -', 'L1 L0', 'L2 L1 c', 'L3 L1 d', 'L4 L0 now')
  const shapes = shape(withInternalLayers(items, layers))
  assert.deepEqual(shapes, [
    'c < internal:c d',
    '*internal:c d < internal:c d now',
    'd < internal:c d',
    '*internal:c d now < null',
    'now < internal:c d now',
  ])
})

test('a layer on which one state stands waits to be merged', () => {
  const found = withInternalLayers(tree('a', 'a'), layersOf('L0 - a', 'L1 L0', 'L2 L1 now'))
  assert.deepEqual(shape(found), ['a < null', '*internal:now < a', 'now < internal:now'])
  assert.ok(found.some((item) => item.kind === 'internal' && item.internal.waitsForMerge))
})
