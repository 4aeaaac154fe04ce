import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { allocatedBytes, asStorageError, removeFile, writeFileDurably } from './durable-file.ts'
import { isStillpointError, StillpointError } from './error.ts'

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sp-durable-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('a file is replaced as a whole, with its mode, and nothing else stays in the folder', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'vm.json')
    await writeFile(path, 'a much longer text that was there before')
    await chmod(path, 0o644)
    await writeFileDurably(path, 'new')
    assert.equal(await readFile(path, 'utf8'), 'new')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(folder), ['vm.json'])
  })
})

test('a file that cannot be written is an error with its path, and what was there stays', async () => {
  await inFolder(async (folder) => {
    const target = join(folder, 'folder')
    await writeFileDurably(join(folder, 'file'), 'old')
    await assert.rejects(
      writeFileDurably(join(folder, 'absent', 'file'), 'new'),
      (error) => isStillpointError(error, 'io_error') && error.message.includes('absent/file'),
    )
    await assert.rejects(writeFileDurably(join(folder, 'file', 'below'), 'new'))
    assert.equal(await readFile(join(folder, 'file'), 'utf8'), 'old')
    assert.equal(await allocatedBytes(target), null)
  })
})

test('removing a file that is gone already is no error', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'file')
    await writeFile(path, 'x')
    await removeFile(path)
    await removeFile(path)
    assert.deepEqual(await readdir(folder), [])
  })
})

test('a full file system is told apart from other failures, and our own errors pass through', () => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const error = Object.assign(new Error('no'), { code })
    assert.equal(asStorageError(error, 'Writing').code, 'disk_full')
  }
  const denied = asStorageError(Object.assign(new Error('no'), { code: 'EACCES' }), 'Writing "x"')
  assert.equal(denied.code, 'io_error')
  assert.match(denied.message, /Writing "x": EACCES/)
  const own = new StillpointError('vm_broken', 'own')
  assert.equal(asStorageError(own, 'Writing'), own)
})
