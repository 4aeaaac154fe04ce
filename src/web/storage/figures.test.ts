import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIB, MIB } from '../../core/units.ts'
import { vmStorage } from '../testing/storage-examples.ts'
import { bySize, fullIn, growth, growthPoints, medianAndLargest, standstills } from './figures.ts'

const hourMs = 3_600_000
const startMs = Date.parse('2026-11-20T08:00:00.000Z')
const sample = (hour: number, usedBytes: number) => ({
  at: new Date(startMs + hour * hourMs).toISOString(),
  usedBytes,
})

test('growth is said with its sign, and not made up', () => {
  assert.deepEqual([1.5 * GIB, -300 * MIB, 0, null].map(growth), [
    '+1.5 GiB/h',
    '−300 MiB/h',
    'none',
    'not known yet',
  ])
  assert.equal(fullIn({ fullAt: '2026-11-20T11:00:00.000Z' }, startMs), 'in 3 h')
  assert.equal(fullIn({ fullAt: null }, startMs), null)
})

test('the forecast begins at the last measurement and ends when the volume is full', () => {
  const samples = [sample(0, 4 * GIB), sample(4, 8 * GIB)]
  const points = growthPoints(samples, { sizeBytes: 9 * GIB, growthBytesPerHour: GIB })
  assert.deepEqual(points.slice(1), [
    { atMs: startMs + 4 * hourMs, usedBytes: 8 * GIB, forecastBytes: 8 * GIB },
    { atMs: startMs + 5 * hourMs, forecastBytes: 9 * GIB },
  ])
  const far = growthPoints(samples, { sizeBytes: 900 * GIB, growthBytesPerHour: GIB }).at(-1)
  assert.deepEqual(far, { atMs: startMs + 6 * hourMs, forecastBytes: 10 * GIB })
})

test('without a known growth nothing is foreseen; what shrinks does not go below nothing', () => {
  assert.equal(
    growthPoints([sample(0, GIB)], { sizeBytes: GIB, growthBytesPerHour: null })[0]?.forecastBytes,
    undefined,
  )
  assert.deepEqual(growthPoints([], { sizeBytes: GIB, growthBytesPerHour: GIB }), [])
  const shrunk = growthPoints([sample(0, GIB)], { sizeBytes: 9 * GIB, growthBytesPerHour: -5 * GIB })
  assert.equal(shrunk.at(-1)?.forecastBytes, 0)
})

test('only checkpoints during which a guest stood still are in its history, the newest ones, in order', () => {
  const vms = [
    vmStorage({
      checkpoints: [
        { name: 'second', createdAt: '2026-11-20T09:00:00.000Z', pauseMs: 3 },
        { name: 'off', createdAt: '2026-11-20T09:30:00.000Z' },
        { name: 'third', createdAt: '2026-11-20T10:00:00.000Z', pauseMs: 1, frozenMs: 80 },
      ],
    }),
    vmStorage({
      vmId: 'b2',
      checkpoints: [{ name: 'first', createdAt: '2026-11-20T08:00:00.000Z', pauseMs: 9 }],
    }),
  ]
  const names = (vmId: string | null, most = 9) =>
    standstills(vms, vmId, most).map(({ checkpointName }) => checkpointName)
  assert.deepEqual(names(null), ['first', 'second', 'third'])
  assert.deepEqual(names(null, 2), ['second', 'third'])
  assert.deepEqual(names('b2'), ['first'])
  assert.deepEqual(medianAndLargest([9, null, 1, 3]), { median: 3, largest: 9 })
  assert.equal(medianAndLargest([null]), null)
})

test('what occupies most comes first', () => {
  const small = vmStorage({ vmId: 's', memoryBytes: 0 })
  assert.deepEqual(
    bySize([small, vmStorage()]).map(({ vmId }) => vmId),
    ['a1', 's'],
  )
})
