import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { asId, type TaskId, type VmId } from '../core/ids.ts'
import type { Task } from '../task/task.ts'
import { openDatabase } from './database.ts'
import { createTaskStore } from './task-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-tasks-'))
const database = openDatabase(join(folder, 'stillpoint.db'))
const store = createTaskStore(database)
after(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

test('tasks are replaced in place, listed newest first, filtered and pruned', () => {
  const first = task('t1', 'a1')
  store.put(first)
  store.put(task('t2', 'a2'))
  store.put(task('t3', 'a1'))
  const done: Task = {
    ...first,
    state: 'failed',
    percent: 12.5,
    log: [{ at: '2026-01-02T03:04:06.000Z', message: 'Freezing' }],
    endedAt: '2026-01-02T03:04:07.000Z',
    error: { code: 'freeze_failed', message: 'No.', details: { vmId: 'a1' } },
  }
  store.put(done)
  assert.deepEqual(store.get(first.id), done)
  assert.deepEqual(ids(store.list()), ['t3', 't2', 't1'])
  assert.deepEqual(ids(store.list({ vmId: asId<VmId>('a1') })), ['t3', 't1'])
  assert.deepEqual(ids(store.list({ limit: 1 })), ['t3'])
  store.put({ ...task('t2', 'a2'), state: 'succeeded', result: { id: 'c1' } })
  assert.deepEqual(store.get(asId<TaskId>('t2'))?.result, { id: 'c1' })
  store.prune(1)
  assert.deepEqual(ids(store.list()), ['t3', 't2'])
  assert.equal(store.get(asId<TaskId>('t1')), undefined)
})

function ids(tasks: readonly Task[]): string[] {
  return tasks.map((each) => each.id)
}

function task(id: string, vmId: string): Task {
  return {
    id: asId<TaskId>(id),
    kind: 'checkpoint.create',
    vmId: asId<VmId>(vmId),
    vmName: 'web01',
    title: 'Creating Checkpoint',
    state: 'running',
    percent: 0,
    message: '',
    log: [],
    createdAt: '2026-01-02T03:04:05.000Z',
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: null,
    result: null,
    error: null,
  }
}
