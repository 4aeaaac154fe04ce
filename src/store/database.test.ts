import assert from 'node:assert/strict'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { type Database, moveDatabaseAside, openDatabase } from './database.ts'
import { migrations } from './migrations.ts'
import { query } from './query.ts'

const all = migrations.map((_, index) => index + 1)
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stillpoint-database-'))
  path = join(folder, 'stillpoint.db')
})

afterEach(() => rmSync(folder, { recursive: true }))

test('a new database is for its owner only and can be opened again', () => {
  openDatabase(path).close()
  const database = openDatabase(path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(numbers(database), all)
  database.close()
})

test('a transaction that throws leaves nothing behind, and the next one works', () => {
  const database = openDatabase(path)
  const insert = (number: number) => database.run(query.insertInto('migrations').values({ number }))
  assert.throws(() =>
    database.transaction(() => {
      insert(90)
      database.transaction(() => insert(91))
      throw new Error('stop')
    }),
  )
  database.transaction(() => insert(92))
  assert.deepEqual(numbers(database), [...all, 92])
  database.close()
})

test('a file that is no database, or one with overwritten pages, is reported with the remedy', () => {
  writeFileSync(path, 'not a database, but long enough to be taken for one by its size alone\n'.repeat(100))
  const expected = { code: 'inventory_damaged', message: /inventory rebuild/ }
  assert.throws(() => openDatabase(path), expected)

  moveDatabaseAside(path, 'damaged')
  const database = openDatabase(path)
  database.close()
  const size = statSync(path).size
  const page = 4096
  const header = Buffer.alloc(page, 0)
  openAndWrite(path, (write) => {
    for (let at = page; at < size; at += page) write(header.fill(0xa5), at)
  })
  assert.throws(() => openDatabase(path), expected)
})

test('a database of a newer version is left alone', () => {
  const database = openDatabase(path)
  database.run(query.insertInto('migrations').values({ number: 99 }))
  database.close()
  assert.throws(() => openDatabase(path), { code: 'internal', message: /newer Stillpoint/ })
})

test('a folder that does not exist is an I/O error with the path', () => {
  assert.throws(() => openDatabase(join(folder, 'none', 'x.db')), {
    code: 'io_error',
    message: /none\/x\.db/,
  })
})

test('moving a database aside takes what lies beside it along', () => {
  const database = openDatabase(path)
  assert.ok(readdirSync(folder).includes('stillpoint.db-wal'))
  assert.equal(moveDatabaseAside(path, 'damaged'), `${path}.damaged`)
  database.close()
  assert.deepEqual(
    readdirSync(folder).filter((name) => !name.startsWith('stillpoint.db.damaged')),
    [],
  )
})

function numbers(database: Database): number[] {
  return database.all(query.selectFrom('migrations').selectAll().orderBy('number')).map((row) => row.number)
}

function openAndWrite(file: string, use: (write: (data: Buffer, at: number) => void) => void): void {
  const descriptor = openSync(file, 'r+')
  try {
    use((data, at) => writeSync(descriptor, data, 0, data.length, at))
  } finally {
    closeSync(descriptor)
  }
}
