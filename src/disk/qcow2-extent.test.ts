import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { execa } from 'execa'
import { endsEarly } from './qcow2-extent.ts'

describe('endsEarly', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sp-extent-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const formats = [
    'compat=1.1',
    'compat=0.10',
    'cluster_size=512',
    'cluster_size=2M',
    'refcount_bits=1',
    'refcount_bits=64',
  ]
  for (const [index, option] of formats.entries()) {
    it(`tells a whole image from one that was cut (${option})`, async () => {
      const path = join(folder, `${index}.qcow2`)
      await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', option, path, '64M'])
      assert.equal(await endsEarly(path), false, 'empty')
      for (const [from, length] of [
        [0, 3],
        [40, 1],
        [9, 5],
      ]) {
        await execa('qemu-io', ['-c', `write -P 7 ${from}M ${length}M`, path])
        assert.equal(await endsEarly(path), false, `with data at ${from} MiB`)
      }
      const { size } = await stat(path)
      await truncate(path, size - 2 * 2 ** 21)
      assert.equal(await endsEarly(path), true, 'cut')
    })
  }

  it('tells one that ends before its counts', async () => {
    const path = join(folder, 'far.qcow2')
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'cluster_size=512', path, '64M'])
    await execa('qemu-io', ['-c', 'write 0 40M', path])
    await truncate(path, 1024 * 1024)
    assert.equal(await endsEarly(path), true)
  })
})
