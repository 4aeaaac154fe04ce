import type { Compilable } from 'kysely'
import { query } from './query.ts'

const { schema } = query

/** Where it is recorded which migrations ran. */
export const migrationsTable: Compilable = schema
  .createTable('migrations')
  .ifNotExists()
  .addColumn('number', 'integer', (column) => column.primaryKey())

/**
 * Number 1 is the first. Each runs once, in its own transaction. One that was released is never changed:
 * what is wrong with it is put right by the next.
 */
export const migrations: readonly (readonly Compilable[])[] = [
  [...inventory(), ...tasks()],
  groups(),
  growth(),
]

function inventory(): Compilable[] {
  return [
    schema
      .createTable('vms')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('name_key', 'text', (column) => column.notNull().unique())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull()),
    // No reference to vms: the work that makes a VM is on record before the VM is.
    schema
      .createTable('journal')
      .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('vm_id', 'text', (column) => column.notNull())
      .addColumn('operation', 'text', (column) => column.notNull())
      .addColumn('plan', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull()),
    schema
      .createTable('journal_marks')
      .addColumn('journal_id', 'text', (column) =>
        column.notNull().references('journal.id').onDelete('cascade'),
      )
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_marks_key', ['journal_id', 'seq']),
    schema.createIndex('journal_vm').on('journal').column('vm_id'),
  ]
}

function tasks(): Compilable[] {
  return [
    schema
      .createTable('tasks')
      .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('vm_id', 'text')
      .addColumn('vm_name', 'text')
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('percent', 'real', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('log', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('started_at', 'text')
      .addColumn('ended_at', 'text')
      .addColumn('result', 'text', (column) => column.notNull())
      .addColumn('error', 'text', (column) => column.notNull()),
    schema.createIndex('tasks_vm').on('tasks').column('vm_id'),
  ]
}

function groups(): Compilable[] {
  return [
    schema
      .createTable('groups')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('name_key', 'text', (column) => column.notNull().unique())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull()),
  ]
}

function growth(): Compilable[] {
  return [
    schema
      .createTable('growth')
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('hourly', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('growth_key', ['subject', 'at']),
    schema.createIndex('growth_at').on('growth').column('at'),
  ]
}
