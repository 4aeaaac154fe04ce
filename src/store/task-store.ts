import { asId, type TaskId, type VmId } from '../core/ids.ts'
import type { Task, TaskStore } from '../task/task.ts'
import type { Database } from './database.ts'
import { parseRecord } from './json.ts'
import { query } from './query.ts'
import type { Schema } from './schema.ts'

type TaskRow = Omit<Schema['tasks'], 'seq'>

const columns = [
  'id',
  'kind',
  'vm_id',
  'vm_name',
  'title',
  'state',
  'percent',
  'message',
  'log',
  'created_at',
  'started_at',
  'ended_at',
  'result',
  'error',
] as const satisfies (keyof TaskRow)[]

const ended = ['succeeded', 'failed', 'cancelled']

/** Tasks in SQLite. Errors: `inventory_damaged`, `disk_full`, `io_error`. */
export function createTaskStore(database: Database): TaskStore {
  return {
    put(task) {
      const row = rowOf(task)
      const { id: _, ...changed } = row
      database.run(
        query
          .insertInto('tasks')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doUpdateSet(changed)),
      )
    },

    get(id) {
      const row = database.first(query.selectFrom('tasks').select(columns).where('id', '=', id))
      return row && taskOf(row)
    },

    list({ vmId, limit } = {}) {
      let select = query.selectFrom('tasks').select(columns).orderBy('seq', 'desc')
      if (vmId !== undefined) select = select.where('vm_id', '=', vmId)
      if (limit !== undefined) select = select.limit(limit)
      return database.all(select).map(taskOf)
    },

    prune(keep) {
      const kept = query
        .selectFrom('tasks')
        .select('seq')
        .where('state', 'in', ended)
        .orderBy('seq', 'desc')
        .limit(keep)
      database.run(query.deleteFrom('tasks').where('state', 'in', ended).where('seq', 'not in', kept))
    },
  }
}

function rowOf(task: Task): TaskRow {
  return {
    id: task.id,
    kind: task.kind,
    vm_id: task.vmId,
    vm_name: task.vmName,
    title: task.title,
    state: task.state,
    percent: task.percent,
    message: task.message,
    log: JSON.stringify(task.log),
    created_at: task.createdAt,
    started_at: task.startedAt,
    ended_at: task.endedAt,
    result: JSON.stringify(task.result ?? null),
    error: JSON.stringify(task.error),
  }
}

function taskOf(row: TaskRow): Task {
  const record = `Task ${row.id}`
  return {
    id: asId<TaskId>(row.id),
    // Only this file writes the table, so that these texts are of the unions that it was given.
    kind: row.kind as Task['kind'],
    vmId: row.vm_id === null ? null : asId<VmId>(row.vm_id),
    vmName: row.vm_name,
    title: row.title,
    state: row.state as Task['state'],
    percent: row.percent,
    message: row.message,
    log: parseRecord(row.log, record) as Task['log'],
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    result: parseRecord(row.result, record),
    error: parseRecord(row.error, record) as Task['error'],
  }
}
