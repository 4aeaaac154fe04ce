import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapBounded } from './bounded.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('results have the order of the items, and no more than the width is under way', async () => {
  let [underWay, most] = [0, 0]
  const results = await mapBounded([5, 1, 4, 2, 3], 2, async (item) => {
    most = Math.max(most, ++underWay)
    for (let left = item; left > 0; left--) await turn()
    underWay--
    return item * 10
  })
  assert.deepEqual(results, [50, 10, 40, 20, 30])
  assert.equal(most, 2)
})

test('nothing is begun after a failure, and what is under way comes to its end', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const failing = mapBounded([1, 2, 3, 4], 2, async (item) => {
    begun.push(item)
    if (item === 1) throw new Error('the first')
    await turn()
    ended.push(item)
  })
  await assert.rejects(failing, /the first/)
  assert.deepEqual([begun, ended], [[1, 2], [2]])
})

test('of nothing comes nothing', async () => {
  assert.deepEqual(await mapBounded([], 3, async () => assert.fail()), [])
})
