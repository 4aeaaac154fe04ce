import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VmRow } from '../../contract/vm.ts'
import { vmRow } from '../testing/examples.ts'
import { filtered, tagCounts } from './filter.ts'

const names = (rows: readonly VmRow[]) => rows.map(({ name }) => name).join(' ')
const rows = [
  vmRow({ id: '1', name: 'web10', tags: ['Web', 'lab'], memoryMiB: 512, startedAt: '2026-11-20T08:00:00Z' }),
  vmRow({ id: '2', name: 'web2', tags: ['web'], memoryMiB: 2048, state: 'off', startedAt: null }),
  vmRow({
    id: '3',
    name: 'db[1]',
    tags: ['role:database'],
    memoryMiB: 2048,
    startedAt: '2026-11-20T09:00:00Z',
  }),
  vmRow({ id: '4', name: 'Dc01', state: 'broken', startedAt: null, memoryMiB: 1024 }),
]

test('a filter takes part of a name or tag, or a pattern for a whole one', () => {
  const found = (text: string, tag: string | null = null) => names(filtered(rows, { text, tag }))
  assert.equal(found('EB'), 'web10 web2')
  assert.equal(found('web?'), 'web2')
  assert.equal(found('w*2'), 'web2')
  assert.equal(found('d?*'), 'db[1] Dc01')
  assert.equal(found('b[1]'), 'db[1]')
  assert.equal(found('role:'), 'db[1]')
  assert.equal(found('', 'WEB'), 'web10 web2')
  assert.equal(found('10', 'web'), 'web10')
  assert.equal(found('none'), '')
  assert.equal(filtered(rows, { text: ' ', tag: null }), rows)
})

test('tags are counted without regard to case', () => {
  assert.deepEqual(tagCounts(rows), [
    { tag: 'lab', count: 1 },
    { tag: 'role:database', count: 1 },
    { tag: 'Web', count: 2 },
  ])
})
