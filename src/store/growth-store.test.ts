import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openDatabase } from './database.ts'
import { createGrowthStore } from './growth-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-growth-'))
const path = join(folder, 'stillpoint.db')
after(() => rmSync(folder, { recursive: true }))

test('samples are kept over a restart, oldest first, and pruned but for the hourly ones', () => {
  const first = openDatabase(path)
  const samples = [5, 4, 3, 2, 1].map((atMs) => ({
    subject: 'volume /',
    atMs,
    bytes: atMs * 2 ** 40,
    hourly: atMs % 2 === 0,
  }))
  createGrowthStore(first).append(samples)
  first.close()
  const database = openDatabase(path)
  const store = createGrowthStore(database)
  assert.deepEqual(store.since(0), samples.toReversed())
  assert.deepEqual(
    store.since(4).map(({ atMs }) => atMs),
    [4, 5],
  )
  assert.equal(store.since(4, 'volume /').length, 2)
  assert.deepEqual(store.since(0, 'volume /var'), [])
  store.prune({ allBefore: 2, othersBefore: 5 })
  assert.deepEqual(
    store.since(0).map(({ atMs }) => atMs),
    [2, 4, 5],
  )
  store.append([{ subject: 'volume /', atMs: 5, bytes: 7, hourly: false }])
  assert.equal(store.since(5)[0]?.bytes, 7)
  database.close()
})
