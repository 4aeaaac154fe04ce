import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { documentOf } from '../../test/fixtures/documents.ts'
import { systemClock } from '../core/clock.ts'
import { asId, type VmId } from '../core/ids.ts'
import { randomIds } from '../core/random-ids.ts'
import { type Database, openDatabase } from './database.ts'
import { createInventoryStore } from './inventory-store.ts'
import { query } from './query.ts'

const sources = { ids: randomIds, clock: systemClock }
let folder: string
let database: Database

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stillpoint-store-'))
  database = openDatabase(join(folder, 'stillpoint.db'))
})

afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

function reopen() {
  database.close()
  database = openDatabase(join(folder, 'stillpoint.db'))
  return createInventoryStore(database, sources)
}

test('a document reads back as it was put, also after the file is opened again', () => {
  const document = vm('a1', 'web01')
  createInventoryStore(database, sources).put(document)
  assert.deepEqual(reopen().get(document.id), document)
})

test('all lists documents in the order of their names, without regard to case', () => {
  const store = createInventoryStore(database, sources)
  for (const [id, name] of [
    ['a1', 'web'],
    ['a2', 'Db'],
    ['a3', 'app'],
  ] as const) {
    store.put(vm(id, name))
  }
  assert.deepEqual(
    store.all().map((document) => document.name),
    ['app', 'Db', 'web'],
  )
})

test('put takes the next revision only', () => {
  const store = createInventoryStore(database, sources)
  const document = vm('a1', 'web01')
  assert.throws(() => store.put({ ...document, revision: 2 }), { code: 'internal' })
  store.put(document)
  assert.throws(() => store.put(document), { code: 'internal', message: /revision 1, but the store has 1/ })
  store.put({ ...document, revision: 2, name: 'web02' })
  assert.equal(store.get(document.id)?.name, 'web02')
})

test('two VMs cannot have names that differ in case only', () => {
  const store = createInventoryStore(database, sources)
  store.put(vm('a1', 'Web01'))
  assert.throws(() => store.put(vm('a2', 'wEB01')), { code: 'name_taken', message: /"Web01" exists/ })
  store.put(vm('a3', 'db01'))
  assert.throws(() => store.put({ ...vm('a3', 'WEB01'), revision: 2 }), { code: 'name_taken' })
  assert.equal(store.get(asId<VmId>('a3'))?.revision, 1)
})

test('the journal keeps plan, steps and order across a new start', () => {
  const store = createInventoryStore(database, sources)
  const first = store.openJournal(asId<VmId>('a1'), 'create', { checkpoint: 'c1' })
  const second = store.openJournal(asId<VmId>('a2'), 'merge', null)
  store.mark(first, 'layers', { files: ['x.qcow2'] })
  store.mark(first, 'switched')
  assert.deepEqual(reopen().pendingJournal(), [
    {
      id: first,
      vmId: 'a1',
      operation: 'create',
      plan: { checkpoint: 'c1' },
      marks: [
        { step: 'layers', data: { files: ['x.qcow2'] } },
        { step: 'switched', data: null },
      ],
    },
    { id: second, vmId: 'a2', operation: 'merge', plan: null, marks: [] },
  ])
})

test('put closes the journal entry together with the change, or does neither', () => {
  const store = createInventoryStore(database, sources)
  const document = vm('a1', 'web01')
  const id = store.openJournal(document.id, 'create', {})
  store.mark(id, 'step')
  assert.throws(() => store.put({ ...document, revision: 5 }, { closes: id }))
  assert.equal(store.pendingJournal().length, 1)
  store.put(document, { closes: id })
  assert.deepEqual(store.pendingJournal(), [])
  store.closeJournal(id)
  assert.throws(() => store.mark(id, 'late'), { code: 'internal', message: /not open/ })
})

test('remove takes the journal of that VM with it, and of no other', () => {
  const store = createInventoryStore(database, sources)
  store.put(vm('a1', 'web01'))
  store.openJournal(asId<VmId>('a1'), 'create', {})
  store.openJournal(asId<VmId>('a2'), 'create', {})
  store.remove(asId<VmId>('a1'))
  assert.deepEqual(store.all(), [])
  assert.deepEqual(
    store.pendingJournal().map((entry) => entry.vmId),
    ['a2'],
  )
})

test('rebuild replaces everything, or nothing when two documents share a name', () => {
  const store = createInventoryStore(database, sources)
  store.put(vm('a1', 'old'))
  store.openJournal(asId<VmId>('a1'), 'create', {})
  assert.throws(() => store.rebuild([vm('b1', 'new'), vm('b2', 'NEW')]), { code: 'name_taken' })
  assert.equal(store.all()[0]?.name, 'old')
  store.rebuild([{ ...vm('b1', 'new'), revision: 7 }])
  assert.deepEqual(
    store.all().map((document) => [document.name, document.revision]),
    [['new', 7]],
  )
  assert.deepEqual(store.pendingJournal(), [])
})

test('a record that is not the JSON it should be is named, and the remedy with it', () => {
  const store = createInventoryStore(database, sources)
  store.put(vm('a1', 'web01'))
  for (const text of ['{"format":1', '[]', '{"format":0,"id":"a1"}', '{"format":1,"id":"zz","revision":1}']) {
    database.run(query.updateTable('vms').set({ document: text }).where('id', '=', 'a1'))
    assert.throws(() => store.get(asId<VmId>('a1')), {
      code: 'inventory_damaged',
      message: /VM "web01" .*inventory rebuild/,
    })
  }
})

test('a record of a newer version is not taken for damage', () => {
  const store = createInventoryStore(database, sources)
  store.put(vm('a1', 'web01'))
  database.run(query.updateTable('vms').set({ document: '{"format":2,"id":"a1"}' }).where('id', '=', 'a1'))
  assert.throws(() => store.get(asId<VmId>('a1')), { code: 'internal', message: /newer Stillpoint/ })
})

const vm = (id: string, name: string) => documentOf({ id: asId<VmId>(id), name })
