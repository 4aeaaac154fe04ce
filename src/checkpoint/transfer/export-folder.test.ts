import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ExportFolder } from './export-folder.ts'

const key = { vmId: 'v', checkpointId: 'c', layout: 'flattened', memory: false }

test('a folder is made with those above it, and one that cannot be made is an error', async () => {
  const root = mkdtempSync(join(tmpdir(), 'stillpoint-export-'))
  try {
    const { path } = await ExportFolder.open(join(root, 'a/b/c'), key, '/usr')
    assert.equal(statSync(path).mode & 0o777, 0o700)
    // This folder is there and says ENOENT to whoever makes one in it; Node's recursion never ends then.
    await assert.rejects(ExportFolder.open('/proc/x', key, '/usr'), { code: 'io_error' })
  } finally {
    rmSync(root, { recursive: true })
  }
})
