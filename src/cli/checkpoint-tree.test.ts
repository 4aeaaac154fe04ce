import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointView } from '../../test/fixtures/views.ts'
import { treeLines } from './checkpoint-tree.ts'

function draw(now: string | null, ...edges: [id: string, parentId: string | null][]): string[] {
  const checkpoints = edges.map(([id, parentId], index) =>
    checkpointView({
      id,
      parentId,
      vmId: 'v',
      name: id,
      isNowParent: id === now,
      createdAt: new Date(index).toISOString(),
    }),
  )
  return treeLines(checkpoints.toReversed()).map(
    ({ branch, checkpoint }) => branch + (checkpoint?.name ?? 'Now'),
  )
}

test('Now is the last under the checkpoint that it hangs under', () => {
  assert.deepEqual(draw('b', ['a', null], ['b', 'a'], ['c', 'b'], ['d', 'a']), [
    '└─ a',
    '   ├─ b',
    '   │  ├─ c',
    '   │  └─ Now',
    '   └─ d',
  ])
})

test('without checkpoints, or hanging under none of them, Now is at the top', () => {
  assert.deepEqual(draw(null), ['└─ Now'])
  assert.deepEqual(draw(null, ['a', null], ['b', null]), ['├─ a', '├─ b', '└─ Now'])
})
