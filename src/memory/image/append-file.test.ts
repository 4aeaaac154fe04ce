import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ImageFolder } from '../../../test/fixtures/memory-images.ts'
import { SmallVolume } from '../../../test/fixtures/small-volume.ts'
import { pageOf } from '../../../test/fixtures/streams.ts'
import { pollUntil } from '../../core/deadline.ts'
import { AppendFile } from './append-file.ts'

const soon = { timeoutMs: 10_000, everyMs: 2 }

/** How many descriptors of this process are open on a file, removed or not. */
function openDescriptors(path: string): number {
  const names = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return '' // that of the listing itself
    }
  })
  return names.filter((name) => name.startsWith(path)).length
}

function appended(file: AppendFile, bytes: Buffer): Promise<Error | null> {
  return new Promise((resolve) => file.append(bytes, resolve))
}

test('what was appended is in the file, in its order, at the offset that was told', async () => {
  await using images = await ImageFolder.make()
  const sizes = fc.array(fc.oneof(fc.nat(10), fc.nat(70_000)), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), async (lengths, seed) => {
      const { file: path } = images.nextFile()
      const file = new AppendFile(path)
      const pieces = lengths.map((length, at) => Buffer.alloc(length, (seed + at) % 251))
      const offsets = pieces.map((piece) => file.append(piece))
      const size = await file.finish()
      const found = readFileSync(path)
      assert.ok(found.equals(Buffer.concat(pieces)))
      assert.equal(size, found.length)
      let expected = 0
      for (const [at, piece] of pieces.entries()) {
        assert.equal(offsets[at], expected)
        expected += piece.length
      }
    }),
    { numRuns: 30 },
  )
})

test('each append is told when it was written, in their order', async () => {
  await using images = await ImageFolder.make()
  const file = new AppendFile(images.nextFile().file)
  const told: number[] = []
  for (let at = 0; at < 1000; at++) {
    file.append(Buffer.alloc(at % 3), (error) => {
      assert.equal(error, null)
      told.push(at)
    })
  }
  assert.equal(await file.finish(), 999)
  assert.deepEqual(
    told,
    Array.from({ length: 1000 }, (_, at) => at),
  )
})

test('the file is for its owner only, and closed when it is finished', async () => {
  await using images = await ImageFolder.make()
  const { file: path } = images.nextFile()
  const file = new AppendFile(path)
  file.append(Buffer.from('x'))
  assert.equal(openDescriptors(path), 1)
  await file.finish()
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(openDescriptors(path), 0)
})

test('a file that exists is left alone', async () => {
  await using images = await ImageFolder.make()
  const { file: path } = images.nextFile()
  writeFileSync(path, 'before')
  assert.throws(() => new AppendFile(path), /EEXIST/)
  assert.equal(readFileSync(path, 'utf8'), 'before')
})

test('a file system that is nearly full refuses from the beginning, and tells every append', async () => {
  await using volume = await SmallVolume.mount(20)
  const file = new AppendFile(join(volume.folder, 'x'))
  const errors = await Promise.all([1, 2, 3].map(() => appended(file, Buffer.alloc(10))))
  for (const error of errors) assert.equal((error as NodeJS.ErrnoException | null)?.code, 'ENOSPC')
  assert.equal(((await appended(file, Buffer.alloc(1))) as NodeJS.ErrnoException | null)?.code, 'ENOSPC')
  await assert.rejects(file.finish(), { code: 'ENOSPC' })
  await file.remove()
})

test('a file system that fills up keeps a reserve for the guests', async () => {
  await using volume = await SmallVolume.mount(64)
  const file = new AppendFile(join(volume.folder, 'x'))
  const block = pageOf(1, false)
  const blocks = Buffer.concat(Array.from({ length: 256 }, () => block))
  let error: Error | null = null
  for (let count = 0; error === null && count < 64; count++) error = await appended(file, blocks)
  assert.equal((error as NodeJS.ErrnoException | null)?.code, 'ENOSPC')
  assert.ok((await volume.freeBytes()) >= 16 * 2 ** 20)
  await file.remove()
  await pollUntil(async () => (await volume.freeBytes()) > 60 * 2 ** 20 || undefined, {
    ...soon,
    what: 'The space of the file coming back',
  })
})

test('a file system that somebody else filled meanwhile tells every append', async () => {
  await using volume = await SmallVolume.mount(40)
  const file = new AppendFile(join(volume.folder, 'x'))
  assert.equal(await appended(file, Buffer.alloc(4096)), null)
  await volume.fill(0)
  const errors = await Promise.all([1, 2, 3].map(() => appended(file, Buffer.alloc(2 ** 20))))
  for (const error of errors) assert.equal((error as NodeJS.ErrnoException | null)?.code, 'ENOSPC')
  await assert.rejects(file.finish(), { code: 'ENOSPC' })
  await file.remove()
})

test('a file that was removed is gone, and what is appended afterwards is told so', async () => {
  await using images = await ImageFolder.make()
  const { file: path } = images.nextFile()
  const file = new AppendFile(path)
  assert.equal(await appended(file, Buffer.from('x')), null)
  await file.remove()
  assert.equal(existsSync(path), false)
  assert.match((await appended(file, Buffer.from('y')))?.message ?? '', /removed/)
  await assert.rejects(file.finish(), /removed/)
  assert.equal(openDescriptors(path), 0)
})

test('the space of a file that is removed during a write is given back when the write has ended', async () => {
  await using images = await ImageFolder.make()
  const { file: path } = images.nextFile()
  const file = new AppendFile(path)
  const writing = appended(file, Buffer.alloc(4 * 2 ** 20, 1))
  await file.remove()
  assert.equal(existsSync(path), false)
  await writing
  await pollUntil(() => openDescriptors(path) === 0 || undefined, {
    ...soon,
    what: 'Closing the file',
  })
})

test('a file can be removed again, and after it was finished', async () => {
  await using images = await ImageFolder.make()
  const { file: path } = images.nextFile()
  const file = new AppendFile(path)
  file.append(Buffer.from('x'))
  await file.finish()
  await file.remove()
  await file.remove()
  assert.equal(existsSync(path), false)
})

test('a file that is removed while it is made durable takes no other file with it', async () => {
  await using images = await ImageFolder.make()
  const { file: path } = images.nextFile()
  const file = new AppendFile(path)
  assert.equal(await appended(file, Buffer.from('x')), null)
  const finishing = file.finish().catch((error: Error) => error)
  await appended(file, Buffer.alloc(0)) // fsync has begun
  await file.remove()
  const { file: other } = images.nextFile()
  const neighbour = new AppendFile(other) // may get the descriptor that was let go
  await finishing
  assert.equal(await appended(neighbour, Buffer.from('neighbour')), null)
  assert.equal(await neighbour.finish(), 9)
  assert.equal(openDescriptors(path), 0)
})
