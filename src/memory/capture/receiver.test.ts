import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ImageFolder, readImage } from '../../../test/fixtures/memory-images.ts'
import { SmallVolume } from '../../../test/fixtures/small-volume.ts'
import {
  deviceBlob,
  headerOf,
  headOf,
  type Memory,
  pageOf,
  ramStartOf,
  randomMemory,
  streamOf,
} from '../../../test/fixtures/streams.ts'
import { pollUntil, withDeadline } from '../../core/deadline.ts'
import { isStillpointError } from '../../core/error.ts'
import type { ErrorCode } from '../../core/error-registry.ts'
import { MIB } from '../../core/units.ts'
import { type CaptureOrder, type MemoryReceiver, type ReceiverMessage, receiveMemory } from './receiver.ts'

const pages = 200
const head = headOf(pages - 3)
const limits = { timeoutMs: 30_000, everyMs: 10 }

const withCode = (code: ErrorCode) => (error: unknown) => isStillpointError(error, code)

interface Wish {
  readonly parentFile?: string
  readonly avoidImages?: readonly string[]
  /** Where the image goes, if not to the other images. */
  readonly file?: string
}

/** A real process that receives one stream, and the QEMU that sends it. */
class Capture implements AsyncDisposable {
  readonly receiver: MemoryReceiver
  readonly file: string
  readonly #socket: Socket
  #error: Error | null = null

  private constructor(receiver: MemoryReceiver, file: string, socket: Socket) {
    this.receiver = receiver
    this.file = file
    this.#socket = socket
    socket.on('error', (error) => (this.#error = error))
    socket.resume()
  }

  static async begin(images: ImageFolder, { parentFile, avoidImages, ...wish }: Wish = {}): Promise<Capture> {
    const next = images.nextFile()
    const file = wish.file ?? next.file
    const receiver = await receiveMemory({
      ...{ file, imageId: next.imageId, socketPath: join(images.folder, `${next.imageId}.sock`) },
      ...{ parentFile: parentFile ?? null, avoidImages: avoidImages ?? [], memoryMiB: 16 },
    })
    const socket = createConnection(receiver.socketPath)
    await once(socket, 'connect')
    return new Capture(receiver, file, socket)
  }

  /** Returns when the other side has taken nearly all of it. */
  async send(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve())),
    )
  }

  /** 50 MB of anything, all of which must be taken. */
  async sendMuchMore(): Promise<void> {
    const chunk = Buffer.alloc(MIB, 0x55)
    for (let sent = 0; sent < 50; sent++) await this.send(chunk)
  }

  /** Closes, and waits until the process has taken everything and is gone; the connection must have been whole. */
  async end(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.end()
    await closed
    assert.equal(this.#error, null)
  }

  /** As a QEMU that is killed. */
  breakConnection(): void {
    this.#socket.destroy()
  }

  /** After abandon() neither the image nor anything else of it is there. */
  async requireNothingLeft(): Promise<void> {
    await this.receiver.abandon()
    for (const path of [this.file, `${this.file}.partial`, this.receiver.socketPath])
      assert.equal(existsSync(path), false, path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    await this.receiver.abandon()
  }
}

async function captured(images: ImageFolder, memory: Memory, wish: Wish = {}, from = head) {
  await using capture = await Capture.begin(images, wish)
  await capture.send(streamOf(from, memory))
  await capture.end()
  const written = await capture.receiver.finish()
  return { ...written, file: capture.file, image: await readImage(capture.file) }
}

test('a whole stream becomes an image', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(1, pages)
  await using capture = await Capture.begin(images)
  const stream = streamOf(head, memory)
  await capture.send(stream.subarray(0, stream.length / 2))
  await capture.receiver.firstPage
  assert.equal(existsSync(capture.file), false)
  await capture.send(stream.subarray(stream.length / 2))
  await capture.end()
  const written = await capture.receiver.finish()
  assert.equal(capture.receiver.failure(), null)
  assert.equal(existsSync(`${capture.file}.partial`), false)
  assert.equal(existsSync(capture.receiver.socketPath), false)
  assert.equal(statSync(capture.file).mode & 0o777, 0o600)
  const image = await readImage(capture.file)
  assert.deepEqual(image.memory, memory)
  assert.deepEqual(image.head, { ...head, sources: [], early: [] })
  assert.deepEqual(image.devices, deviceBlob)
  assert.deepEqual([written.sizeBytes, written.sha256], [image.sizeBytes, image.sha256])
  assert.equal(written.storedPages, memory.filter((page) => page !== null).length)
  await capture.receiver.abandon()
  assert.equal(existsSync(capture.file), true)
})

test('a second image of the machine holds what changed, also with the first to be avoided or gone', async () => {
  await using images = await ImageFolder.make()
  const before = randomMemory(2, pages)
  const first = await captured(images, before)
  const memory = before.map((page, at) => (at % 50 === 7 ? pageOf(at, false) : page))

  const second = await captured(images, memory, { parentFile: first.file })
  assert.deepEqual(second.image.memory, memory)
  assert.equal(second.storedPages, 4)
  assert.equal(second.sources.length, 1)

  const avoiding = await captured(images, memory, {
    parentFile: second.file,
    avoidImages: second.sources.map(({ imageId }) => imageId),
  })
  assert.deepEqual(avoiding.image.memory, memory)
  assert.equal(avoiding.sharedPages, 4)

  await rm(first.file) // the second one is of no use without it
  for (const parentFile of [first.file, second.file]) {
    const alone = await captured(images, memory, { parentFile })
    assert.deepEqual(alone.image.memory, memory)
    assert.deepEqual([alone.sharedPages, alone.sources], [0, []])
  }
})

test('a parent that is damaged, or of a machine with other memory, is not used', async () => {
  await using images = await ImageFolder.make()
  const before = randomMemory(3, pages)
  const first = await captured(images, before)
  const other = headOf(pages - 4, 4)
  const moved = await captured(images, before, { parentFile: first.file }, other)
  assert.deepEqual(moved.image.memory, before)
  assert.equal(moved.sharedPages, 0)

  const bytes = await readFile(first.file)
  bytes[bytes.length - 300] = (bytes[bytes.length - 300] ?? 0) ^ 1 // in the checksums of its pages
  await writeFile(first.file, bytes)
  const alone = await captured(images, before, { parentFile: first.file })
  assert.deepEqual(alone.image.memory, before)
  assert.equal(alone.sharedPages, 0)
})

test('a stream that is cut short is no image', async () => {
  await using images = await ImageFolder.make()
  const stream = streamOf(head, randomMemory(4, pages))
  for (const length of [0, 5, 200, stream.length / 2, stream.length - 1]) {
    await using capture = await Capture.begin(images)
    await capture.send(stream.subarray(0, length))
    await capture.end()
    await assert.rejects(capture.receiver.finish(), withCode('memory_stream_invalid'))
    assert.ok(isStillpointError(capture.receiver.failure(), 'memory_stream_invalid'))
    await capture.requireNothingLeft()
  }
})

test('a stream whose connection breaks is no image', async () => {
  await using images = await ImageFolder.make()
  await using capture = await Capture.begin(images)
  const stream = streamOf(head, randomMemory(4, pages))
  await capture.send(stream.subarray(0, stream.length / 2))
  await capture.receiver.firstPage
  capture.breakConnection()
  await assert.rejects(
    capture.receiver.finish(),
    (error) =>
      isStillpointError(error, 'memory_stream_invalid') || isStillpointError(error, 'memory_process_gone'),
  )
  await capture.requireNothingLeft()
})

test('what comes after something that is not understood is read to its end', async () => {
  await using images = await ImageFolder.make()
  const stream = streamOf(head, randomMemory(5, pages))
  const tooMuch = ramStartOf(2, [{ name: 'pc.ram', bytes: 2048 * MIB }])
  const beginnings = [
    Buffer.alloc(100),
    Buffer.concat([headerOf('x'), tooMuch]),
    Buffer.concat([stream.subarray(0, stream.length / 2), Buffer.alloc(5000, 0xff)]),
  ]
  for (const beginning of beginnings) {
    await using capture = await Capture.begin(images)
    await capture.send(beginning)
    await capture.sendMuchMore()
    await pollUntil(() => capture.receiver.failure() ?? undefined, { ...limits, what: 'The failure' })
    assert.equal(existsSync(`${capture.file}.partial`), false)
    await capture.sendMuchMore()
    await capture.end()
    await assert.rejects(capture.receiver.finish(), withCode('memory_stream_invalid'))
    await capture.requireNothingLeft()
  }
})

test('who waits for the first page of a stream that is not understood is told while it still comes', async () => {
  await using images = await ImageFolder.make()
  await using capture = await Capture.begin(images)
  await capture.send(Buffer.alloc(100))
  await assert.rejects(
    withDeadline(capture.receiver.firstPage, { ...limits, timeoutMs: 5000, what: 'The first page' }),
    withCode('memory_stream_invalid'),
  )
})

test('what comes after discard() is read to its end, and no image is made', async () => {
  await using images = await ImageFolder.make()
  await using capture = await Capture.begin(images)
  const stream = streamOf(head, randomMemory(6, pages))
  await capture.send(stream.subarray(0, stream.length / 2))
  await capture.receiver.firstPage
  capture.receiver.discard()
  await pollUntil(() => !existsSync(`${capture.file}.partial`) || undefined, {
    ...limits,
    what: 'Discarding',
  })
  await capture.send(stream.subarray(stream.length / 2))
  await capture.sendMuchMore()
  await capture.end()
  await assert.rejects(capture.receiver.finish())
  await capture.requireNothingLeft()
})

test('a receiver that nobody wants any more reads the rest, too', async () => {
  await using images = await ImageFolder.make()
  await using capture = await Capture.begin(images)
  const stream = streamOf(head, randomMemory(7, pages))
  await capture.send(stream.subarray(0, stream.length / 2))
  await capture.receiver.firstPage
  await capture.requireNothingLeft()
  await capture.send(stream.subarray(stream.length / 2))
  await capture.sendMuchMore()
  await capture.end()
  await capture.requireNothingLeft()
})

test('a receiver that nobody connected to ends when it is not wanted any more', async () => {
  await using images = await ImageFolder.make()
  const { file, imageId } = images.nextFile()
  const socketPath = join(images.folder, 'x.sock')
  const wish = { file, imageId, socketPath, parentFile: null, avoidImages: [], memoryMiB: 16 }
  const receiver = await receiveMemory(wish)
  await receiver.abandon()
  await assert.rejects(receiver.firstPage, withCode('memory_process_gone'))
  await assert.rejects(receiver.finish(), withCode('memory_process_gone'))
  for (const path of [file, `${file}.partial`, socketPath]) assert.equal(existsSync(path), false)
})

test('an image that cannot be begun is told at once', async () => {
  await using images = await ImageFolder.make()
  const { imageId } = images.nextFile()
  const file = join(images.folder, 'no-such-folder', 'x.spm')
  const socketPath = join(images.folder, 'x.sock')
  const wish = { file, imageId, socketPath, parentFile: null, avoidImages: [], memoryMiB: 16 }
  await assert.rejects(receiveMemory(wish), withCode('io_error'))
})

test('a full disk is told, its space given back at once, and the rest of the stream read', async () => {
  await using images = await ImageFolder.make()
  await using volume = await SmallVolume.mount(32)
  await using capture = await Capture.begin(images, { file: join(volume.folder, 'x.spm') })
  const count = 24 * 256
  const memory = Array.from({ length: count + 3 }, (_, at) => pageOf(at, false))
  const stream = streamOf(headOf(count), memory)
  await capture.send(stream.subarray(0, stream.length - MIB))
  await pollUntil(() => capture.receiver.failure() ?? undefined, { ...limits, what: 'The failure' })
  assert.ok(isStillpointError(capture.receiver.failure(), 'disk_full'))
  assert.equal(existsSync(`${capture.file}.partial`), false)
  await pollUntil(async () => (await volume.freeBytes()) > 31 * MIB || undefined, {
    ...limits,
    timeoutMs: 5000,
    what: 'Giving the space back',
  })
  await capture.send(stream.subarray(stream.length - MIB))
  await capture.sendMuchMore()
  await capture.end()
  await assert.rejects(capture.receiver.finish(), withCode('disk_full'))
  await capture.requireNothingLeft()
})

/** The process with an order of its own, and all that it said when the stream was sent and it was gone. */
async function ordered(images: ImageFolder, file: string, stream: Buffer): Promise<ReceiverMessage[]> {
  const socketPath = join(images.folder, 'ordered.sock')
  const order: CaptureOrder = {
    ...{ socketPath, file, imageId: '00000000abcd', parentFile: null, avoidImages: [] },
    ...{ mostMemoryBytes: 64 * MIB, bufferBytes: 1, stallMs: 60_000 },
  }
  const program = fileURLToPath(new URL('./capture-main.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const messages: ReceiverMessage[] = []
  const gone = once(child, 'close')
  const listening = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    messages.push(JSON.parse(line))
    listening.resolve()
  })
  await listening.promise
  const socket = createConnection(socketPath).resume()
  socket.end(stream)
  await once(socket, 'close')
  await gone
  return messages
}

test('when next to nothing may wait for the disk, the stream waits, and is taken all the same', async () => {
  await using images = await ImageFolder.make()
  const count = 1000
  const memory = Array.from({ length: count + 3 }, (_, at) => pageOf(at, at % 2 === 0))
  const { file } = images.nextFile()
  const messages = await ordered(images, file, streamOf(headOf(count), memory))
  assert.deepEqual(
    messages.map(({ kind }) => kind),
    ['listening', 'first-page', 'complete'],
  )
  assert.deepEqual((await readImage(file)).memory, memory)
})

test('a stream that waits for a disk goes on when the disk is found to be full', async () => {
  await using images = await ImageFolder.make()
  await using volume = await SmallVolume.mount(20)
  const count = 1000
  const memory = Array.from({ length: count + 3 }, (_, at) => pageOf(at, false))
  const messages = await ordered(images, join(volume.folder, 'x.spm'), streamOf(headOf(count), memory))
  const failed = messages.find((message) => message.kind === 'failed')
  assert.equal(failed?.code, 'ENOSPC')
  assert.equal(messages.filter(({ kind }) => kind === 'failed').length, 1)
})
