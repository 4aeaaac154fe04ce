import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { requireSpace, requireSpaceFor, volumeOf } from './free-space.ts'
import { MIB } from './units.ts'

test('the volume of a folder that does not exist yet is that of the nearest one that does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sp-space-'))
  try {
    const volume = await volumeOf(join(folder, 'not', 'yet'))
    assert.equal(volume.device, (await stat(folder)).dev)
    assert.ok(volume.sizeBytes >= volume.freeBytes && volume.freeBytes > 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('what fits is let through, up to the last byte', async () => {
  const { freeBytes } = await volumeOf('/proc')
  assert.equal(freeBytes, 0)
  await requireSpace('/proc', [{ what: 'nothing', bytes: 0 }])
  await requireSpace('/proc', [])
})

test('what does not fit is refused with the sum', async () => {
  const parts = [
    { what: 'memory', bytes: 512 * MIB },
    { what: 'layers', bytes: MIB },
  ]
  await assert.rejects(requireSpace('/proc', parts), {
    code: 'disk_full',
    message:
      /^This needs up to 513 MiB \(memory 512 MiB, layers 1 MiB\); "\/proc" has 0 B free\. Nothing was begun/,
    details: { folder: '/proc', neededBytes: 513 * MIB, freeBytes: 0, parts },
  })
})

test('files on one file system are summed up, those on another are not', async () => {
  const parts = [
    { file: '/proc/a', what: 'layers', bytes: MIB },
    { file: '/proc/none/b', what: 'layers', bytes: MIB },
    { file: '/proc/c', what: 'memory', bytes: MIB },
    { file: join(tmpdir(), 'd'), what: 'elsewhere', bytes: 1 },
  ]
  await assert.rejects(requireSpaceFor(parts), {
    code: 'disk_full',
    message: /^This needs up to 3 MiB \(layers 2 MiB, memory 1 MiB\)/,
  })
  await requireSpaceFor(parts.slice(3))
})
