import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ImageFolder, readImage } from '../../../test/fixtures/memory-images.ts'
import { SmallVolume } from '../../../test/fixtures/small-volume.ts'
import { headOf, type Memory, pageBytes, pageOf, randomMemory } from '../../../test/fixtures/streams.ts'
import { AppendFile } from './append-file.ts'
import { ParentImage } from './parent.ts'
import { MemoryImage } from './reader.ts'
import { ImageWriter } from './writer.ts'

const pages = 40
const head = headOf(pages - 3)

/** `memory` with another content in each page of `changed`. */
const changedIn = (memory: Memory, changed: readonly number[], seed: number): Memory =>
  memory.map((page, at) => (changed.includes(at) ? pageOf(seed + at, false) : page))

const sum = (memory: Memory) => memory.filter((page) => page !== null).length

test('every page is read back as it was written, and so are the devices and the head', async () => {
  await using images = await ImageFolder.make()
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 70 }), async (seed, count) => {
      const memory = randomMemory(seed, count + 3)
      const devices = pageOf(seed, seed % 2 === 0).subarray(0, seed % 3000)
      const written = await images.write({ head: headOf(count), memory, devices })
      const found = await readImage(written.file)
      assert.deepEqual(found.memory, memory)
      assert.deepEqual(found.devices, devices)
      assert.deepEqual(found.head, { ...headOf(count), sources: [], early: [] })
      assert.deepEqual([written.storedPages, written.sharedPages], [sum(memory), 0])
      assert.deepEqual([found.sha256, found.sizeBytes], [written.sha256, written.sizeBytes])
    }),
    { numRuns: 30 },
  )
})

test('pages may come in any order and again, and the last of each counts', async () => {
  await using images = await ImageFolder.make()
  const older = randomMemory(3, pages)
  const parent = await images.write({ head, memory: older })
  const writes = fc.array(fc.tuple(fc.nat(pages - 1), fc.option(fc.nat(2 ** 20))), { maxLength: 120 })
  await fc.assert(
    fc.asyncProperty(writes, fc.boolean(), async (list, hasParent) => {
      const memory: (Buffer | null)[] = Array.from({ length: pages }, () => null)
      const before = list.map(([page, seed]) => {
        // Now and then it is what the parent has.
        const bytes = seed === null ? null : seed % 3 === 0 ? (older[page] ?? null) : pageOf(seed, true)
        memory[page] = bytes
        return { page, bytes }
      })
      const { file } = await images.write({
        head,
        memory: [],
        before,
        ...(hasParent && { parentFile: parent.file }),
      })
      assert.deepEqual((await readImage(file)).memory, memory)
    }),
    { numRuns: 30 },
  )
})

test('an image of zero pages is next to nothing', async () => {
  await using images = await ImageFolder.make()
  const memory = Array.from({ length: pages }, () => null)
  const { file, sizeBytes, storedPages } = await images.write({ head, memory })
  assert.deepEqual((await readImage(file)).memory, memory)
  assert.equal(storedPages, 0)
  assert.ok(sizeBytes < 1000)
})

test('content that cannot be compressed is not stored longer than it is', async () => {
  await using images = await ImageFolder.make()
  const memory = Array.from({ length: pages }, (_, at) => pageOf(at, false))
  const { file, sizeBytes } = await images.write({ head, memory })
  assert.deepEqual((await readImage(file)).memory, memory)
  assert.ok(sizeBytes < pages * pageBytes + 3000)
})

test('nothing waits to be written when the image is complete, and it was told of what was written', async () => {
  await using images = await ImageFolder.make()
  const { file, imageId } = images.nextFile()
  let moved = 0
  const parts = { head, parent: null, avoid: new Set<string>(), imageId }
  const writer = new ImageWriter({ ...parts, file: new AppendFile(file), onMoved: () => moved++ })
  for (let page = 0; page < pages; page++) writer.page(page, pageOf(page, false))
  assert.ok(writer.queuedBytes > 0)
  await writer.finish(Buffer.from('devices'))
  assert.equal(writer.queuedBytes, 0)
  assert.equal(writer.failure, null)
  assert.equal(moved, Math.ceil(pages / 16))
})

test('the bytes of a page may be used again at once', async () => {
  await using images = await ImageFolder.make()
  const { file, imageId } = images.nextFile()
  const parts = { head, parent: null, avoid: new Set<string>(), onMoved: () => {} }
  const writer = new ImageWriter({ ...parts, imageId, file: new AppendFile(file) })
  const memory = randomMemory(9, pages)
  const lent = Buffer.alloc(pageBytes)
  for (const [page, bytes] of memory.entries()) {
    if (!bytes) continue
    bytes.copy(lent)
    writer.page(page, lent)
  }
  await writer.finish(Buffer.from('devices'))
  assert.deepEqual((await readImage(file)).memory, memory)
})

test('a disk that is full is told, and what comes afterwards does no harm', async () => {
  await using volume = await SmallVolume.mount(20)
  const moved = Promise.withResolvers<void>()
  const file = new AppendFile(join(volume.folder, 'x.spm'))
  const parts = { head, parent: null, avoid: new Set<string>(), imageId: '000000000001' }
  const writer = new ImageWriter({ ...parts, file, onMoved: () => moved.resolve() })
  for (let page = 0; page < pages; page++) writer.page(page, pageOf(page, false))
  await moved.promise
  assert.equal((writer.failure as NodeJS.ErrnoException | null)?.code, 'ENOSPC')
  assert.equal(writer.queuedBytes, 0)
  for (let page = 0; page < pages; page++) writer.page(page, pageOf(page, true))
  await assert.rejects(writer.finish(Buffer.from('devices')), { code: 'ENOSPC' })
  assert.equal(writer.queuedBytes, 0)
  file.remove()
})

test('a disk that is full is told also when there is no page to write', async () => {
  await using volume = await SmallVolume.mount(20)
  const file = new AppendFile(join(volume.folder, 'x.spm'))
  const parts = { head, parent: null, avoid: new Set<string>(), imageId: '000000000001' }
  const writer = new ImageWriter({ ...parts, file, onMoved: () => {} })
  await assert.rejects(writer.finish(Buffer.from('devices')), { code: 'ENOSPC' })
  file.remove()
})

test('pages that are equal in the parent are not stored again, the others are', async () => {
  await using images = await ImageFolder.make()
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.uniqueArray(fc.nat(pages - 1)), async (seed, changed) => {
      const before = randomMemory(seed, pages)
      const parent = await images.write({ head, memory: before })
      const memory = changedIn(before, changed, seed + 1000)
      const child = await images.write({ head, memory, parentFile: parent.file })
      const found = await readImage(child.file)
      assert.deepEqual(found.memory, memory)
      assert.equal(child.storedPages, changed.length)
      assert.equal(child.sharedPages, sum(memory) - changed.length)
      const source = { imageId: parent.imageId, fileName: basename(parent.file) }
      assert.deepEqual(child.sources, child.sharedPages > 0 ? [source] : [])
      assert.ok(child.sizeBytes < changed.length * pageBytes + 3000)
    }),
    { numRuns: 30 },
  )
})

test('a page that is zero in one of both images is not shared', async () => {
  await using images = await ImageFolder.make()
  const before: Memory = [null, pageOf(1, true), pageOf(2, true), null]
  const parent = await images.write({ head: headOf(1), memory: before })
  const memory: Memory = [pageOf(1, true), null, pageOf(2, true), null]
  const child = await images.write({ head: headOf(1), memory, parentFile: parent.file })
  assert.deepEqual((await readImage(child.file)).memory, memory)
  assert.deepEqual([child.storedPages, child.sharedPages], [1, 1])
})

test('generations refer to the files that hold the pages, not to each other', async () => {
  await using images = await ImageFolder.make()
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.uniqueArray(fc.nat(pages - 1), { maxLength: 12 }), { minLength: 2, maxLength: 5 }),
      async (seed, generations) => {
        let memory: Memory = Array.from({ length: pages }, (_, at) => pageOf(seed + at, false))
        let file = (await images.write({ head, memory })).file
        const written = [{ file, memory, holder: memory.map(() => basename(file)) }]
        for (const [number, changed] of generations.entries()) {
          memory = changedIn(memory, changed, seed + 1000 * (number + 1))
          const child = await images.write({ head, memory, parentFile: file })
          const before = written.at(-1)?.holder ?? []
          file = child.file
          const holder = before.map((name, at) => (changed.includes(at) ? basename(file) : name))
          written.push({ file, memory, holder })
          const named = child.sources.map(({ fileName }) => fileName)
          const others = new Set(holder.filter((name) => name !== basename(file)))
          assert.deepEqual(named.toSorted(), [...others].sort())
          assert.equal(child.storedPages, changed.length)
        }
        for (const each of written) assert.deepEqual((await readImage(each.file)).memory, each.memory)
        // Only what holds a page of the youngest is needed for it.
        const needed = new Set([...(written.at(-1)?.holder ?? []), basename(file)])
        for (const each of written) if (!needed.has(basename(each.file))) await rm(each.file)
        assert.deepEqual((await readImage(file)).memory, memory)
      },
    ),
    { numRuns: 10 },
  )
})

test('pages of an image that is to be avoided are stored again', async () => {
  await using images = await ImageFolder.make()
  const oldest = randomMemory(1, pages)
  const first = await images.write({ head, memory: oldest })
  const middle = changedIn(oldest, [0, 5, 17], 1000)
  const second = await images.write({ head, memory: middle, parentFile: first.file })
  const youngest = changedIn(middle, [5, 30], 2000)
  const third = await images.write({
    head,
    memory: youngest,
    parentFile: second.file,
    avoid: [first.imageId],
  })
  assert.deepEqual(
    third.sources.map(({ imageId }) => imageId),
    [second.imageId],
  )
  assert.equal(third.sharedPages, 2) // 0 and 17
  await rm(first.file)
  assert.deepEqual((await readImage(third.file)).memory, youngest)
  const fourth = await images.write({
    head,
    memory: youngest,
    parentFile: third.file,
    avoid: [second.imageId, third.imageId],
  })
  assert.deepEqual([fourth.sources, fourth.sharedPages], [[], 0])
  assert.deepEqual((await readImage(fourth.file)).memory, youngest)
})

test('a parent whose checksums do not fit its index is refused', async () => {
  await using images = await ImageFolder.make()
  const { file } = await images.write({ head, memory: randomMemory(1, pages) })
  const image = await MemoryImage.open(file)
  const hashes = await image.hashes()
  image.hashes = async () => hashes.subarray(16)
  await assert.rejects(ParentImage.read(image), /do not fit/)
  await image.close()
})
