import assert from 'node:assert/strict'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ImageFolder, readImage } from '../../../test/fixtures/memory-images.ts'
import { headOf, randomMemory } from '../../../test/fixtures/streams.ts'
import { neverAborted } from '../../core/cancel.ts'
import { checkImage, packImage } from './pack.ts'

const pages = 300
const head = headOf(pages - 3)
const nobody = () => {}

/** An image whose pages are in itself, in its parent and in the parent of that. */
async function family(images: ImageFolder) {
  const memories = [1, 2, 3].map((seed) => randomMemory(seed, pages))
  const mixed = (at: number) => {
    const since = (page: number) => memories[page % 7 < 4 ? 0 : Math.min(at, page % 7 < 6 ? 1 : 2)]
    return Array.from({ length: pages }, (_, page) => since(page)?.[page] ?? null)
  }
  const first = await images.write({ head, memory: mixed(0) })
  const second = await images.write({ head, memory: mixed(1), parentFile: first.file })
  const third = await images.write({ head, memory: mixed(2), parentFile: second.file })
  return { first, second, third }
}

test('an image that holds everything itself reads the same, without the others', async () => {
  await using images = await ImageFolder.make()
  const { first, second, third } = await family(images)
  const expected = await readImage(third.file)
  const checked = await checkImage(third.file, nobody, neverAborted)
  assert.equal(checked.sha256, third.sha256)
  assert.equal(checked.sources.length, 2)

  const packed = join(images.folder, 'packed.spm')
  const { sha256, sizeBytes } = await packImage(third.file, packed, nobody, neverAborted)
  for (const each of [first, second, third]) await rm(each.file)
  const found = await readImage(packed)
  assert.deepEqual(found, { ...expected, sha256, sizeBytes, head: { ...expected.head, sources: [] } })
  const again = await checkImage(packed, nobody, neverAborted)
  assert.deepEqual(again, { sizeBytes, sha256, sources: [] })
})

test('damage in a source is found, and leaves no file', async () => {
  await using images = await ImageFolder.make()
  const { first, third } = await family(images)
  const file = await open(first.file, 'r+')
  await file.write(Buffer.from('damaged'), 0, 7, 5000)
  await file.close()
  const packed = join(images.folder, 'packed.spm')
  const complaint = { message: new RegExp(`"${first.file}" is damaged`) }
  await assert.rejects(packImage(third.file, packed, nobody, neverAborted), complaint)
  await assert.rejects(open(packed), { code: 'ENOENT' })
  await assert.rejects(checkImage(third.file, nobody, neverAborted), complaint)
})

test('a source that is missing is named', async () => {
  await using images = await ImageFolder.make()
  const { first, third } = await family(images)
  await rm(first.file)
  await assert.rejects(checkImage(third.file, nobody, neverAborted), {
    message: new RegExp(`"${first.file}" is missing`),
  })
})
