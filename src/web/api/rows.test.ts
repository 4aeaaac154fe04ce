import assert from 'node:assert/strict'
import { test } from 'node:test'
import { task, vmRow } from '../testing/examples.ts'
import { withoutRow, withRow, withTask } from './rows.ts'

const names = (rows: readonly { name: string }[] | undefined) => rows?.map(({ name }) => name)
const [web1, web2, web10] = [
  vmRow({ id: '1', name: 'web1' }),
  vmRow({ id: '2', name: 'Web2' }),
  vmRow({ id: '3', name: 'web10' }),
]

test('a row takes the place of its old form; a new or renamed one goes where its name belongs', () => {
  assert.deepEqual(withRow([web1, web2], { ...web2, state: 'off' })?.[1]?.state, 'off')
  assert.deepEqual(names(withRow([web1, web10], web2)), ['web1', 'Web2', 'web10'])
  assert.deepEqual(names(withRow([web1, web2, web10], { ...web1, name: 'web3' })), ['Web2', 'web3', 'web10'])
  assert.deepEqual(names(withRow([], web1)), ['web1'])
  assert.equal(withRow(undefined, web1), undefined)
  assert.deepEqual(names(withoutRow([web1, web2], '1')), ['Web2'])
})

test('a task does not go back: an answer that was overtaken is dropped', () => {
  const [old, newer] = [task({ percent: 9 }), task({ percent: 40 })]
  assert.equal(withTask([old], newer)?.[0]?.percent, 40)
  assert.equal(withTask([newer], old)?.[0]?.percent, 40)
  const ended = task({ percent: 100, state: 'succeeded', endedAt: '2026-11-20T08:18:00.000Z' })
  assert.equal(withTask([ended], newer)?.[0]?.state, 'succeeded')
  assert.equal(withTask([newer], ended)?.[0]?.state, 'succeeded')
  assert.deepEqual(
    withTask([old], task({ id: 't2' }))?.map(({ id }) => id),
    ['t2', 't1'],
  )
})
