import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { FakeDestination } from '../../../test/fixtures/fake-destination.ts'
import { ImageFolder } from '../../../test/fixtures/memory-images.ts'
import {
  deviceBlob,
  headOf,
  type Memory,
  pageOf,
  randomMemory,
  readStream,
} from '../../../test/fixtures/streams.ts'
import { ImageError, MemoryImage } from '../image/reader.ts'
import { Loader } from './loader.ts'

const pages = 130
const ramPages = pages - 3
const head = headOf(ramPages)

/** An image of this memory that refers to another one for half of its pages. */
async function imageOf(images: ImageFolder, memory: Memory): Promise<string> {
  const before = memory.map((page, at) => (at % 64 < 32 ? page : null))
  const parent = await images.write({ head, memory: before })
  return (await images.write({ head, memory, parentFile: parent.file })).file
}

/** A destination that a loader has just been connected to. */
class Load implements AsyncDisposable {
  readonly destination: FakeDestination
  readonly image: MemoryImage
  socket: Socket
  loader: Loader

  private constructor(destination: FakeDestination, image: MemoryImage, socket: Socket, loader: Loader) {
    this.destination = destination
    this.image = image
    this.socket = socket
    this.loader = loader
  }

  static async begin(file: string): Promise<Load> {
    const destination = await FakeDestination.listen()
    const image = await MemoryImage.open(file)
    const socket = await destination.connect()
    return new Load(destination, image, socket, await Loader.over(socket, image))
  }

  /** Another loader on another connection, as a new process would be. */
  async again(): Promise<void> {
    this.socket = await this.destination.connect()
    this.loader = await Loader.over(this.socket, this.image)
  }

  /** The guest's memory must now be this one, and the load be over on both sides. */
  requireComplete(memory: Memory): void {
    assert.equal(this.destination.problem, null)
    assert.equal(this.destination.hasEnded, true)
    assert.deepEqual(this.destination.memory(), memory)
    assert.equal(this.loader.source.sent, this.loader.source.total)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destination[Symbol.asyncDispose]()
    await this.image.close()
  }
}

/** Its rejection is looked at later, or not at all. */
function begun(work: Promise<void>): Promise<void> {
  work.catch(() => {})
  return work
}

const isContent = (memory: Memory, page: number) => memory[page] !== null
const firstPage = (memory: Memory, from: number, zero: boolean) =>
  [...memory.keys()].find((page) => page >= from && page < ramPages && isContent(memory, page) !== zero) ?? -1

test('a guest that asks for nothing gets every page with content once, and no other', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(1, pages)
  await using load = await Load.begin(await imageOf(images, memory))
  const running = begun(load.loader.runLazily())
  await load.loader.loaded
  load.loader.fill()
  await running
  load.requireComplete(memory)
  assert.equal(load.destination.arrivals.length, memory.filter((page) => page !== null).length)
  assert.equal(load.loader.asked.length, 0)
})

test('the devices come first, after all of memory was discarded', async () => {
  await using images = await ImageFolder.make()
  await using load = await Load.begin(await imageOf(images, randomMemory(1, pages)))
  const running = begun(load.loader.runLazily())
  await load.loader.loaded
  const { destination } = load
  assert.deepEqual(destination.devices, deviceBlob)
  assert.equal(destination.machineType, head.machineType)
  assert.deepEqual(
    [...destination.blocks],
    [
      ['pc.ram', ramPages],
      ['vga.vram', 3],
    ],
  )
  assert.deepEqual([...destination.discarded], ['pc.ram', 'vga.vram'])
  destination.breakConnection()
  await assert.rejects(running)
})

test('before the fill nothing is sent that was not asked for, but for what lies in the same frame', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(2, pages)
  await using load = await Load.begin(await imageOf(images, memory))
  const { destination, loader } = load
  const running = begun(loader.runLazily())
  await loader.loaded
  const zero = firstPage(memory, 20, true)
  destination.ask('pc.ram', zero)
  await destination.until(() => destination.arrivals.length > 0)
  assert.deepEqual(destination.arrivals, [{ block: 'pc.ram', page: zero, bytes: null }])

  const full = firstPage(memory, 70, false)
  destination.askAgain(full)
  destination.ask('vga.vram', 1)
  await destination.until(() => destination.has('vga.vram', 1))
  assert.equal(destination.arrivals[1]?.page, full)
  const frames = [full, ramPages + 1].map((page) => loader.source.frameOf(page))
  for (const { block, page } of destination.arrivals.slice(1))
    assert.ok(frames.includes(loader.source.frameOf(block === 'pc.ram' ? page : ramPages + page)))

  loader.fill()
  await running
  load.requireComplete(memory)
})

test('pages that are asked for come in that order, each before what nobody asked for', async () => {
  await using images = await ImageFolder.make()
  const memory = Array.from({ length: pages }, (_, at) => pageOf(at, true))
  await using load = await Load.begin((await images.write({ head, memory })).file)
  const { destination, loader } = load
  const running = begun(loader.runLazily())
  await loader.loaded
  const asked = [120, 3, 64, 100, 33]
  for (const page of asked) destination.ask('pc.ram', page)
  await destination.until(() => asked.every((page) => destination.has('pc.ram', page)))
  const firstOfFrames = destination.arrivals.map(({ page }) => page).filter((page) => asked.includes(page))
  assert.deepEqual(firstOfFrames, asked)
  assert.equal(loader.asked.length, asked.length)
  const frames = new Set(asked.map((page) => Math.floor(page / 16)))
  for (const { page } of destination.arrivals) assert.ok(frames.has(Math.floor(page / 16)))
  loader.fill()
  await running
  load.requireComplete(memory)
})

test('a page that is asked for during the fill overtakes what was not sent yet', async () => {
  await using images = await ImageFolder.make()
  const count = 2048
  const memory = Array.from({ length: count + 3 }, (_, at) => pageOf(at, true))
  await using load = await Load.begin((await images.write({ head: headOf(count), memory })).file)
  const { destination, loader, socket } = load
  const running = begun(loader.runLazily())
  await loader.loaded
  const said = socket.bytesRead
  destination.onPage = () => {
    destination.onPage = () => {}
    destination.stopReading()
    destination.ask('pc.ram', count - 1)
  }
  loader.fill()
  while (socket.bytesRead === said) await new Promise((resolve) => setImmediate(resolve))
  destination.goOnReading()
  await running
  load.requireComplete(memory)
  const place = destination.arrivals.findIndex(({ page }) => page === count - 1)
  assert.ok(place >= 0 && place < count / 2, `it came as number ${place}`)
})

test('whatever a guest asks for, and whenever, it gets every page once and right', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(3, pages)
  const file = await imageOf(images, memory)
  const asks = fc.array(
    fc.record({ after: fc.nat(pages), page: fc.nat(ramPages - 1), inVideo: fc.boolean(), length: fc.nat(6) }),
    { maxLength: 20 },
  )
  await fc.assert(
    fc.asyncProperty(asks, fc.boolean(), async (list, fillsFirst) => {
      await using load = await Load.begin(file)
      const { destination, loader } = load
      const ask = ({ page, inVideo, length }: (typeof list)[number]) =>
        inVideo
          ? destination.ask('vga.vram', page % 3)
          : destination.ask('pc.ram', page, Math.min(1 + length, ramPages - page))
      destination.onPage = () => {
        for (const each of list) if (each.after === destination.arrivals.length) ask(each)
      }
      const running = begun(loader.runLazily())
      if (fillsFirst) loader.fill()
      await loader.loaded
      for (const each of list) if (each.after === 0) ask(each)
      loader.fill()
      await running
      load.requireComplete(memory)
    }),
    { numRuns: 30 },
  )
})

test('an image without content is loaded, too', async () => {
  await using images = await ImageFolder.make()
  const memory = Array.from({ length: pages }, () => null)
  await using load = await Load.begin((await images.write({ head, memory })).file)
  load.loader.fill()
  await load.loader.runLazily()
  load.requireComplete(memory)
})

test('a connection that breaks, at any page, fails the load', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(4, pages)
  const file = await imageOf(images, memory)
  for (const after of [0, 1, 17, 60]) {
    await using load = await Load.begin(file)
    const { destination, loader } = load
    destination.onPage = () => destination.arrivals.length === after && destination.breakConnection()
    const running = begun(loader.runLazily())
    await loader.loaded
    if (after === 0) destination.breakConnection()
    else loader.fill()
    await assert.rejects(running, (error) => error instanceof Error && !(error instanceof ImageError))
  }
})

test('a connection that breaks before the devices are loaded fails both', async () => {
  await using images = await ImageFolder.make()
  await using load = await Load.begin(await imageOf(images, randomMemory(4, pages)))
  load.destination.answersPings = false
  const running = begun(load.loader.runLazily())
  await load.destination.until(() => load.destination.devices !== null)
  load.destination.breakConnection()
  await assert.rejects(load.loader.loaded)
  await assert.rejects(running)
})

test('a connection that broke before the loader got it fails the load', async () => {
  await using images = await ImageFolder.make()
  await using load = await Load.begin(await imageOf(images, randomMemory(4, pages)))
  const socket = await load.destination.connect()
  socket.destroy()
  await once(socket, 'close')
  const loader = await Loader.over(socket, load.image)
  const end = begun(loader.runLazily()).then(
    () => 'done',
    () => 'failed',
  )
  assert.equal(await Promise.race([end, sleep(2000, 'neither')]), 'failed')
})

test('a QEMU that says it is done before it has everything fails the load', async () => {
  await using images = await ImageFolder.make()
  await using load = await Load.begin(await imageOf(images, randomMemory(4, pages)))
  const { destination, loader } = load
  const running = begun(loader.runLazily())
  await loader.loaded
  destination.shut(false)
  await assert.rejects(running)
})

test('what QEMU says that makes no sense fails the load', async () => {
  await using images = await ImageFolder.make()
  const file = await imageOf(images, randomMemory(4, pages))
  const words: ((destination: FakeDestination) => void)[] = [
    (destination) => destination.shut(true),
    (destination) => destination.say(9),
    (destination) => destination.ask('pc.rom', 0),
    (destination) => destination.ask('pc.ram', ramPages),
    (destination) => destination.ask('pc.ram', ramPages - 1, 2),
  ]
  for (const say of words) {
    await using load = await Load.begin(file)
    const running = begun(load.loader.runLazily())
    await load.loader.loaded
    say(load.destination)
    await assert.rejects(running)
  }
})

test('a load goes on after a broken connection, and sends only what is missing', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(5, pages)
  const file = await imageOf(images, memory)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.nat(ramPages - 1), { maxLength: 5 }),
      async (after, asked) => {
        await using load = await Load.begin(file)
        const { destination } = load
        const running = begun(load.loader.runLazily())
        await load.loader.loaded
        destination.onPage = () => destination.arrivals.length === after && destination.breakConnection()
        destination.ask('pc.ram', firstPage(memory, 0, true))
        load.loader.fill()
        await assert.rejects(running)
        assert.equal(destination.arrivals.length, after)

        await load.again()
        const resuming = begun(load.loader.resume())
        await load.loader.loaded
        for (const page of asked) destination.ask('pc.ram', page)
        load.loader.fill()
        await resuming
        load.requireComplete(memory)
      },
    ),
    { numRuns: 20 },
  )
})

test('a load that breaks again and again comes to its end', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(6, pages)
  await using load = await Load.begin(await imageOf(images, memory))
  const { destination } = load
  let running = begun(load.loader.runLazily())
  await load.loader.loaded
  let left = 10
  destination.onPage = () => --left === 0 && destination.breakConnection()
  for (let broken = 0; broken < 5; broken++) {
    load.loader.fill()
    await assert.rejects(running)
    left = 10
    if (broken === 4) destination.onPage = () => {}
    await load.again()
    running = begun(load.loader.resume())
    await load.loader.loaded
  }
  load.loader.fill()
  await running
  load.requireComplete(memory)
})

test('a damaged frame ends the load with an error of the image, asked for or not', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(7, pages)
  const { file } = await images.write({ head, memory })
  const sound = await readFile(file)
  for (const isAsked of [true, false]) {
    await writeFile(file, sound)
    await using load = await Load.begin(file)
    const damaged = Buffer.from(sound)
    const index = await load.image.index()
    const page = firstPage(memory, 60, false)
    const { offset } = index.frame(load.loader.source.frameOf(page) ?? -1)
    damaged[offset + 9] = (damaged[offset + 9] ?? 0) ^ 1
    await writeFile(file, damaged)
    const running = begun(load.loader.runLazily())
    await load.loader.loaded
    if (isAsked) load.destination.ask('pc.ram', page)
    else load.loader.fill()
    await assert.rejects(running, ImageError)
    assert.equal(load.destination.has('pc.ram', page), false)
    assert.equal(load.destination.problem, null)
  }
})

/** Takes all that comes on a socket to its end, or drops the connection after so many bytes. */
async function eagerly(
  images: ImageFolder,
  file: string,
  dropAfter = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const socketPath = join(images.folder, `eager-${dropAfter}.sock`)
  const chunks: Buffer[] = []
  let taken = 0
  const ended = Promise.withResolvers<void>()
  const server = createServer((connected) => {
    connected.on('data', (chunk) => {
      chunks.push(chunk)
      taken += chunk.length
      if (taken > dropAfter) connected.destroy()
    })
    connected.on('error', () => {}) // the test is about the other end
    connected.on('close', () => ended.resolve())
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const image = await MemoryImage.open(file)
  const socket = createConnection(socketPath)
  try {
    await once(socket, 'connect')
    const loader = await Loader.over(socket, image)
    await loader.runEagerly()
    await loader.loaded
    await ended.promise
    return Buffer.concat(chunks)
  } finally {
    socket.destroy()
    await image.close()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('a QEMU that cannot ask gets a plain stream with every page once, the zero ones too', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(8, pages)
  const stream = readStream([await eagerly(images, await imageOf(images, memory))])
  assert.deepEqual(stream.head, head)
  assert.deepEqual(stream.devices, deviceBlob)
  const found = new Map(stream.pages.map(({ page, bytes }) => [page, bytes]))
  assert.equal(stream.pages.length, pages)
  assert.deepEqual(
    Array.from({ length: pages }, (_, page) => found.get(page)),
    memory,
  )
})

test('a plain stream of many zero pages, and one of none, are complete', async () => {
  await using images = await ImageFolder.make()
  for (const memory of [
    Array.from({ length: 9000 + 3 }, (_, at) => (at % 4096 === 4095 ? pageOf(at, true) : null)),
    Array.from({ length: 20 + 3 }, (_, at) => pageOf(at, true)),
  ]) {
    const { file } = await images.write({ head: headOf(memory.length - 3), memory })
    const stream = readStream([await eagerly(images, file)])
    assert.equal(new Set(stream.pages.map(({ page }) => page)).size, memory.length)
    for (const { page, bytes } of stream.pages) assert.deepEqual(bytes, memory[page])
  }
})

test('a plain load whose connection breaks fails', async () => {
  await using images = await ImageFolder.make()
  const memory = Array.from({ length: 400 + 3 }, (_, at) => pageOf(at, false))
  const { file } = await images.write({ head: headOf(400), memory })
  for (const after of [0, 500_000]) await assert.rejects(eagerly(images, file, after), Error)
})

test('a plain load whose connection breaks before the last bytes are out fails', async () => {
  await using images = await ImageFolder.make()
  const { file } = await images.write({ head: headOf(5), memory: randomMemory(9, 8) })
  const image = await MemoryImage.open(file)
  // Takes nothing, as a socket whose other end does not read, and drops it when it is closed.
  let drop = (_: Error) => {}
  const deaf = new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      drop = done
    },
    destroy(error, done) {
      drop(new Error('the connection was closed'))
      done(error)
    },
  })
  const socket = deaf as unknown as Socket // the loader uses no more of it than any stream has
  const loader = await Loader.over(socket, image)
  const running = begun(loader.runEagerly())
  while (!socket.writableEnded) await sleep(1)
  socket.destroy()
  await assert.rejects(running)
  await image.close()
})
