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

test('tasks stand newest first in whatever order they were read, and a page that is open for weeks keeps few', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 0, minute)).toISOString()
  const made = (minute: number, endedAt: string | null = at(minute)) =>
    task({
      id: `t${minute}`,
      createdAt: at(minute),
      endedAt,
      state: endedAt === null ? 'running' : 'succeeded',
    })
  const [second, third] = [made(2), made(3)]
  assert.deepEqual(
    withTask([third, made(1)], second)?.map(({ id }) => id),
    ['t3', 't2', 't1'],
  )
  const long = made(0, null)
  let tasks = withTask([], long)
  for (let minute = 1; minute < 1000; minute++) tasks = withTask(tasks, made(minute))
  assert.equal(tasks?.[0]?.id, 't999')
  assert.equal(tasks?.at(-1)?.id, 't0', 'what runs is kept, however old it is')
  assert.ok((tasks?.length ?? 0) < 500)
})
