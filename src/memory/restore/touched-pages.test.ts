import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readTouchedPages, writeTouchedPages } from './touched-pages.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sp-touched-'))
})
after(() => rm(folder, { recursive: true }))

test('pages that were asked for now come before those that are known', () => {
  const file = join(folder, 'a')
  writeTouchedPages(file, [7, 5], [5, 1])
  assert.deepEqual(readTouchedPages(file), [7, 5, 1])
})

test('the list does not grow without end', () => {
  const file = join(folder, 'b')
  const asked = Array.from({ length: 5000 }, (_, page) => page)
  writeTouchedPages(file, asked, [9999])
  assert.deepEqual(readTouchedPages(file), asked.slice(0, 1024))
})

test('a list that is missing, damaged or cannot be written is no list', async () => {
  assert.deepEqual(readTouchedPages(join(folder, 'none')), [])
  for (const text of ['', '{"a":1}', '[1, "x", 2.5, null]', '\0']) {
    await writeFile(join(folder, 'c'), text)
    assert.deepEqual(
      readTouchedPages(join(folder, 'c')).filter((page) => page !== 1),
      [],
    )
  }
  writeTouchedPages(join(folder, 'no', 'such', 'folder'), [1], [])
})
