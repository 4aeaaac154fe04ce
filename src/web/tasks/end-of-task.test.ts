import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { ApiError } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { task } from '../testing/examples.ts'
import { endOfTask } from './end-of-task.ts'

const endedAt = '2026-11-20T08:18:00.000Z'
const running = task()
const others = [task({ id: 'newer' })]
const list = (tasks: readonly object[]) =>
  queryClient.setQueryData(queries.tasks.queryKey, () => [...tasks] as never) // of tasks
const settled = () => new Promise((resolve) => setTimeout(resolve))

/** What the daemon says of the task, each time that it is asked. */
function daemonSays(...answers: readonly object[]): string[] {
  const left = [...answers]
  const asked: string[] = []
  mock.method(globalThis, 'fetch', async (path: string) => {
    asked.push(path)
    return new Response(JSON.stringify(left.shift()))
  })
  return asked
}

afterEach(() => {
  mock.reset()
  queryClient.clear()
})

test('a task has ended when the list says so', async () => {
  list([running])
  const end = endOfTask(running)
  await settled()
  list([{ ...running, state: 'succeeded', endedAt }])
  assert.equal((await end).state, 'succeeded')
})

test('a failure is an error with its code; so is a task that was cancelled', async () => {
  const error = { code: 'disk_full', message: 'There is no space left.', details: {} }
  list([{ ...running, state: 'failed', endedAt, error }])
  await assert.rejects(endOfTask(running), (thrown) => {
    assert.ok(thrown instanceof ApiError)
    assert.deepEqual([thrown.code, thrown.message], ['disk_full', 'There is no space left.'])
    return true
  })
  list([{ ...running, state: 'cancelled', endedAt }])
  await assert.rejects(endOfTask(running), /was cancelled/)
})

test('one that no list holds is asked for, as often as a new list is without it', async () => {
  const asked = daemonSays(running, { ...running, state: 'succeeded', endedAt })
  list(others)
  const end = endOfTask(running)
  await settled()
  await settled()
  assert.deepEqual(asked, ['/api/v1/tasks/t1'])
  assert.equal(queryClient.getQueryData(queries.tasks.queryKey)?.length, 2, 'it is followed from then on')
  list(others)
  assert.equal((await end).state, 'succeeded')
  assert.equal(asked.length, 2)
})

test('one that the daemon knows no longer is told, and not waited for', async () => {
  mock.method(globalThis, 'fetch', async () => {
    const problem = { code: 'task_not_found', detail: 'There is no task "t1".', details: {} }
    return new Response(JSON.stringify(problem), { status: 404 })
  })
  list(others)
  await assert.rejects(endOfTask(running), /There is no task/)
})
