import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ImageContent, ImageFolder, readImage } from '../../../test/fixtures/memory-images.ts'
import { deviceBlob, headOf, type Memory, pageOf, randomMemory } from '../../../test/fixtures/streams.ts'
import { frameOfSlot } from './index.ts'
import { ImageError, MemoryImage } from './reader.ts'

const pages = 24
const head = headOf(pages - 3)

/** An ImageError that names `file`. */
const imageError =
  (file: string, says = /./) =>
  (error: unknown) =>
    error instanceof ImageError &&
    error.file === file &&
    error.message.startsWith(`Memory image "${file}" `) &&
    says.test(error.message)

/** All parts of an image, each on its own: the value, or null when it was refused. Any other error goes on. */
async function partsOf(file: string): Promise<(Buffer | string | null)[]> {
  const orNull = <T>(work: Promise<T>): Promise<T | null> =>
    work.catch((error) => {
      if (error instanceof ImageError) return null
      throw error
    })
  const image = await orNull(MemoryImage.open(file))
  if (!image) return []
  try {
    const index = await orNull(image.index())
    const content = [await orNull(image.devices()), await orNull(image.hashes())]
    if (!index) return [null, ...content]
    const slots = JSON.stringify([index.head, ...index.slots])
    const frames = Array.from({ length: index.frameCount }, (_, frame) => orNull(image.readFrame(frame)))
    return [slots, ...content, ...(await Promise.all(frames))]
  } finally {
    await image.close()
  }
}

/** What `partsOf` gives for a damaged file is what it gave for the sound one, or nothing. */
function soundOrRefused(found: readonly unknown[], sound: readonly unknown[]): void {
  for (const [at, part] of found.entries()) if (part !== null) assert.deepEqual(part, sound[at])
}

/** A small image that holds some pages itself and refers to another one for the others. */
async function family(images: ImageFolder) {
  const before = Array.from({ length: pages }, (_, at) => (at % 5 === 0 ? null : pageOf(at, at !== 7)))
  const parent = await images.write({ head, memory: before })
  const memory: Memory = before.map((page, at) => (at % 4 === 0 ? pageOf(100 + at, true) : page))
  const child = await images.write({ head, memory, parentFile: parent.file })
  return { parent, child, memory, sound: await partsOf(child.file), soundParent: await partsOf(parent.file) }
}

test('an image whose bytes are changed anywhere gives what was written, or an error of the image', async () => {
  await using images = await ImageFolder.make()
  const { parent, child, sound, soundParent } = await family(images)
  const bytes = await readFile(child.file)
  const parentBytes = await readFile(parent.file)
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (isParent, place, change) => {
        const changed = Buffer.from(isParent ? parentBytes : bytes)
        const offset = place % changed.length
        changed[offset] = (changed[offset] ?? 0) ^ change
        await writeFile(isParent ? parent.file : child.file, changed)
        soundOrRefused(await partsOf(child.file), sound)
        if (isParent) soundOrRefused(await partsOf(parent.file), soundParent)
        await writeFile(isParent ? parent.file : child.file, isParent ? parentBytes : bytes)
      },
    ),
    { numRuns: 250 },
  )
})

test('every single byte of an image is needed by something, but for the unused ones of its header', async () => {
  await using images = await ImageFolder.make()
  const memory = Array.from({ length: 5 }, (_, at) => pageOf(at, true))
  const { file } = await images.write({ head: headOf(2), memory })
  const sound = await partsOf(file)
  const bytes = await readFile(file)
  const isUnused = (offset: number) => offset >= 22 && offset < 64
  for (let offset = 0; offset < bytes.length; offset++) {
    const changed = Buffer.from(bytes)
    changed[offset] = (changed[offset] ?? 0) ^ 0x10
    await writeFile(file, changed)
    const found = await partsOf(file)
    soundOrRefused(found, sound)
    const isRefused = found.length === 0 || found.includes(null)
    assert.ok(isRefused || isUnused(offset), `byte ${offset}`)
  }
})

test('an image that is cut short anywhere, or has grown, is refused when it is opened', async () => {
  await using images = await ImageFolder.make()
  const { child } = await family(images)
  const bytes = await readFile(child.file)
  const lengths = [0, 1, 63, 64, 255, 256, 320, bytes.length - 1]
  for (let length = 0; length < bytes.length; length += 37) lengths.push(length)
  for (const length of lengths) {
    await writeFile(child.file, bytes.subarray(0, length))
    await assert.rejects(MemoryImage.open(child.file), imageError(child.file))
  }
  await writeFile(child.file, Buffer.concat([bytes, Buffer.from('x')]))
  await assert.rejects(MemoryImage.open(child.file), imageError(child.file))
})

test('a piece that is missing or doubled in the middle is noticed', async () => {
  await using images = await ImageFolder.make()
  const { child, sound } = await family(images)
  const bytes = await readFile(child.file)
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), async (a, b) => {
      const [from, to] = [a % bytes.length, b % bytes.length]
      await writeFile(child.file, Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]))
      soundOrRefused(await partsOf(child.file), sound)
    }),
    { numRuns: 100 },
  )
})

test('a file that is no image, or of another version, is refused by name', async () => {
  await using images = await ImageFolder.make()
  const { child } = await family(images)
  const bytes = await readFile(child.file)
  const refusedWith = async (offset: number, value: number, says: RegExp) => {
    const changed = Buffer.from(bytes)
    changed.writeUInt32LE(value, offset)
    await writeFile(child.file, changed)
    await assert.rejects(MemoryImage.open(child.file), imageError(child.file, says))
  }
  const footer = bytes.length - 256
  await refusedWith(0, 0x4d564551, /is no memory image/)
  await refusedWith(8, 2, /has version 2, only 1 is known/)
  await refusedWith(12, 65536, /has pages of 65536 bytes/)
  await refusedWith(16, 1, /its two ids differ/)
  await refusedWith(footer, 0, /is no memory image, or was cut short/)
  await refusedWith(footer + 8, 7, /has version 7/)
  await refusedWith(footer + 40, 1, /its footer does not match/)
})

test('a file that is missing or a folder is refused by name', async () => {
  await using images = await ImageFolder.make()
  const { file } = images.nextFile()
  await assert.rejects(MemoryImage.open(file), imageError(file, /is missing/))
  await mkdir(file)
  await assert.rejects(MemoryImage.open(file), imageError(file, /EISDIR/))
})

test('an image that another one refers to and that is missing is named', async () => {
  await using images = await ImageFolder.make()
  const { parent, child } = await family(images)
  await rm(parent.file)
  const missing = (error: unknown) =>
    imageError(parent.file, /is missing/)(error) && (error as Error).message.includes(child.file)
  const image = await MemoryImage.open(child.file)
  await assert.rejects(image.requireSources(), missing)
  await assert.rejects(image.requireSources(), missing)
  await image.close()
  await assert.rejects(readImage(child.file), missing)
})

test('an image that is not the one referred to is named with both ids', async () => {
  await using images = await ImageFolder.make()
  const { parent, child } = await family(images)
  const stranger = await images.write({ head, memory: randomMemory(5, pages) })
  await rename(stranger.file, parent.file)
  const image = await MemoryImage.open(child.file)
  const says = new RegExp(`is image ${stranger.imageId}, not ${parent.imageId}`)
  await assert.rejects(image.requireSources(), imageError(parent.file, says))
  await image.close()
})

test('an image that another one refers to and that is damaged is named when its pages are read', async () => {
  await using images = await ImageFolder.make()
  const { parent, child } = await family(images)
  const bytes = await readFile(parent.file)
  await writeFile(parent.file, Buffer.concat([bytes.subarray(0, 64), Buffer.alloc(bytes.length - 64)]))
  const image = await MemoryImage.open(child.file)
  await image.requireSources() // looks at its name only
  await image.close()
  await assert.rejects(readImage(child.file), imageError(parent.file, /do not match their checksum/))
  await writeFile(parent.file, bytes.subarray(0, 64))
  await assert.rejects(readImage(child.file), imageError(parent.file, /ends early/))
})

test('pages of one frame are read although every other frame is damaged', async () => {
  await using images = await ImageFolder.make()
  const memory = Array.from({ length: 100 }, (_, at) => pageOf(at, false))
  const { file } = await images.write({ head: headOf(97), memory })
  const image = await MemoryImage.open(file)
  const index = await image.index()
  const wanted = frameOfSlot(index.slots[50] ?? 0)
  const { offset, storedBytes } = index.frame(wanted)
  const bytes = await readFile(file)
  const kept = Buffer.from(bytes)
  const last = index.frame(index.frameCount - 1)
  kept.fill(0, 64, last.offset + last.storedBytes)
  bytes.copy(kept, offset, offset, offset + storedBytes)
  await writeFile(file, kept)
  const frame = await image.readFrame(wanted)
  assert.deepEqual(frame, Buffer.concat(memory.slice(48, 64)))
  assert.equal(frame.length, 16 * 4096)
  await assert.rejects(image.readFrame(wanted + 1), imageError(file))
  assert.deepEqual(await image.devices(), deviceBlob)
  await image.close()
})

test('many readers at once get the same', async () => {
  await using images = await ImageFolder.make()
  const { child, memory } = await family(images)
  const found: ImageContent[] = await Promise.all(Array.from({ length: 8 }, () => readImage(child.file)))
  for (const each of found) assert.deepEqual(each.memory, memory)
})

test('a read that meets the closing of the image leaves no file open', async () => {
  await using images = await ImageFolder.make()
  const { child } = await family(images)
  const image = await MemoryImage.open(child.file)
  const { slots } = await image.index()
  const reads = [...slots].filter((slot) => slot !== 0).map((slot) => image.readFrame(frameOfSlot(slot)))
  const ends = Promise.allSettled(reads)
  await image.close()
  for (const end of await ends) if (end.status === 'rejected') assert.ok(end.reason instanceof ImageError)
  await assert.rejects(image.readFrame(0), ImageError)
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return '' // that of the listing itself
    }
  })
  assert.deepEqual(
    open.filter((name) => name.startsWith(images.folder)),
    [],
  )
})
