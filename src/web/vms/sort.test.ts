import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VmRow } from '../../contract/vm.ts'
import { vmRow } from '../testing/examples.ts'
import { nameSort, sortAfterClick, sorted } from './sort.ts'

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
const cpuOf = (vmId: string) => ({ 1: 3, 3: 40 })[vmId] ?? null

test('numbers in names count as numbers; VMs without a value are last in both directions', () => {
  const by = (key: Parameters<typeof sortAfterClick>[1], isDescending: boolean) =>
    names(sorted(rows, { key, isDescending }, cpuOf))
  assert.equal(names(sorted(rows, nameSort, cpuOf)), 'db[1] Dc01 web2 web10')
  assert.equal(by('name', true), 'web10 web2 Dc01 db[1]')
  assert.equal(by('state', false), 'Dc01 db[1] web10 web2')
  assert.equal(by('cpu', true), 'db[1] web10 Dc01 web2')
  assert.equal(by('cpu', false), 'web10 db[1] Dc01 web2')
  assert.equal(by('memory', true), 'db[1] web2 Dc01 web10')
  assert.equal(by('uptime', true), 'web10 db[1] Dc01 web2')
  assert.equal(by('uptime', false), 'db[1] web10 Dc01 web2')
  assert.deepEqual(sortAfterClick(nameSort, 'name'), { key: 'name', isDescending: true })
  assert.deepEqual(sortAfterClick(nameSort, 'memory'), { key: 'memory', isDescending: true })
})
