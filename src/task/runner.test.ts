import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../core/clock.ts'
import { StillpointError } from '../core/error.ts'
import { createEventBus } from '../core/event-bus.ts'
import { asId, type TaskId, type VmId } from '../core/ids.ts'
import { silentLog } from '../core/log.ts'
import { randomIds } from '../core/random-ids.ts'
import { createTaskRunner } from './runner.ts'
import type { Task, TaskContext, TaskStore } from './task.ts'

const noTask = asId<TaskId>('none')

function createRunner(store = memoryStore()) {
  const errors: unknown[] = []
  const events = createEventBus((error) => errors.push(error))
  const seen: string[] = []
  events.subscribe((event) => seen.push(event.type))
  const log = { ...silentLog, error: (fields: object) => void errors.push(fields) }
  const runner = createTaskRunner({ store, clock: systemClock, ids: randomIds, events, log })
  const start = (run: (context: TaskContext) => Promise<unknown>) =>
    runner.start({ kind: 'merge', vmId: asId<VmId>('a1'), vmName: 'web01', title: 'Merging', run })
  return { runner, start, store, seen, errors }
}

test('a task is running when it is returned and stored with its result when it ends', async () => {
  const { runner, start, store, seen } = createRunner()
  const task = start(async (context) => {
    context.report(50, 'Half')
    return { id: context.taskId }
  })
  assert.equal(task.state, 'running')
  const ended = await runner.ended(task.id)
  assert.deepEqual([ended.state, ended.percent, ended.result], ['succeeded', 100, { id: task.id }])
  assert.deepEqual(store.get(task.id), ended)
  assert.deepEqual(runner.get(task.id), ended)
  assert.deepEqual(seen, ['task.changed', 'task.changed', 'task.changed'])
})

test('progress is seen at once by a reader, told a few times only and never written', async () => {
  const { runner, start, store, seen } = createRunner()
  const task = start(async (context) => {
    for (let percent = 0; percent < 100; percent++) {
      context.report(percent, `Step ${percent}`)
      await sleep(4)
    }
  })
  await sleep(100)
  const now = runner.get(task.id)
  assert.ok(now && now.percent > 0 && now.message.startsWith('Step'))
  assert.equal(runner.list()[0]?.percent, runner.get(task.id)?.percent)
  assert.equal(store.get(task.id)?.percent, 0)
  await runner.ended(task.id)
  assert.ok(seen.length >= 4 && seen.length <= 50, `${seen.length} events for 100 reports`)
})

test('the log holds each message once and the newest two hundred only', async () => {
  const { runner, start } = createRunner()
  const task = start(async (context) => {
    for (let step = 0; step < 300; step++) {
      context.report(Number.NaN, `Step ${'i'.repeat(step)}`)
      context.report(150, `Step ${'i'.repeat(step)}`)
    }
    context.report(20, '')
    throw new StillpointError('disk_full', 'No space.', { details: { path: '/x' } })
  })
  const ended = await runner.ended(task.id)
  assert.equal(ended.log.length, 200)
  assert.equal(ended.log.at(-1)?.message, ended.message)
  assert.deepEqual([ended.state, ended.percent, ended.message.length], ['failed', 20, 304])
  assert.deepEqual(ended.error, { code: 'disk_full', message: 'No space.', details: { path: '/x' } })
})

test('messages that differ in their figures only are one entry of the log, the newest of them', async () => {
  const { runner, start } = createRunner()
  const task = start(async (context) => {
    for (const message of [
      'Saving, 900 KiB',
      'Saving, 1.2 MiB',
      'Saving, 3 GiB of 4 GiB',
      'Saved in 12.5 ms',
    ]) {
      context.report(1, message)
    }
  })
  const { log } = await runner.ended(task.id)
  assert.deepEqual(
    log.map((entry) => entry.message),
    ['Saving, 1.2 MiB', 'Saving, 3 GiB of 4 GiB', 'Saved in 12.5 ms'],
  )
})

test('an error that nobody expected is an internal one and goes to the log', async () => {
  const { runner, start, errors } = createRunner()
  const ended = await runner.ended(start(() => Promise.reject(new TypeError('x is not a function'))).id)
  assert.equal(ended.error?.code, 'internal')
  assert.equal(errors.length, 1)
})

test('cancelling aborts the signal; the task ends as cancelled, whichever way the work noticed', async () => {
  const { runner, start } = createRunner()
  const ours = start(async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    signal.throwIfAborted()
  })
  const nodes = start(({ signal }) => sleep(10_000, undefined, { signal }))
  assert.equal(runner.cancel(ours.id).message, 'Cancelling')
  runner.cancel(nodes.id)
  for (const { id } of [ours, nodes]) {
    const ended = await runner.ended(id)
    assert.deepEqual([ended.state, ended.error?.code], ['cancelled', 'cancelled'])
    assert.throws(() => runner.cancel(id), { code: 'invalid_request', message: /ended already: cancelled/ })
  }
  assert.throws(() => runner.cancel(noTask), { code: 'task_not_found' })
  await assert.rejects(runner.ended(noTask), { code: 'task_not_found' })
})

test('drain waits for all tasks, also for those that start meanwhile', async () => {
  const { runner, start } = createRunner()
  let second: Task | undefined
  const first = start(async ({ signal }) => {
    await sleep(10_000, undefined, { signal }).catch(() => {})
    second = start(() => sleep(5))
  })
  await runner.drain({ abort: true })
  assert.equal(runner.get(first.id)?.state, 'succeeded')
  assert.equal(second && runner.get(second.id)?.state, 'succeeded')
})

test('what an earlier daemon left running is failed, with the reason', () => {
  const store = memoryStore()
  const hanging = createRunner(store).start(() => new Promise(() => {}))
  const { runner } = createRunner(store)
  const task = runner.get(hanging.id)
  assert.equal(task?.state, 'failed')
  assert.match(task?.error?.message ?? '', /daemon ended while this ran/)
  assert.ok(task?.endedAt)
})

test('a task whose end cannot be stored is shown as ended all the same', async () => {
  const store = memoryStore()
  const { runner, start, errors } = createRunner(store)
  const task = start(async () => {
    store.put = () => {
      throw new StillpointError('disk_full', 'No space.')
    }
  })
  assert.equal((await runner.ended(task.id)).state, 'succeeded')
  assert.equal(runner.get(task.id)?.state, 'succeeded')
  assert.equal(runner.list()[0]?.state, 'succeeded')
  assert.equal(errors.length, 1)
})

function memoryStore(): TaskStore {
  const tasks = new Map<TaskId, Task>()
  return {
    put: (task) => void tasks.set(task.id, task),
    get: (id) => tasks.get(id),
    list: ({ vmId, limit } = {}) =>
      [...tasks.values()]
        .reverse()
        .filter((task) => vmId === undefined || task.vmId === vmId)
        .slice(0, limit),
    prune() {},
  }
}
