import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ImageFolder } from '../../../test/fixtures/memory-images.ts'
import { headOf, type Memory, pageOf, randomMemory } from '../../../test/fixtures/streams.ts'
import { MemoryImage } from '../image/reader.ts'
import type { SentPage } from '../stream/writer.ts'
import { PageSource } from './page-source.ts'

const pages = 90
const ramPages = pages - 3
const head = headOf(ramPages)

/** Work on the pages of an image with this memory, which refers to another image for a part of them. */
async function withSource<T>(memory: Memory, work: (source: PageSource) => Promise<T>): Promise<T> {
  await using images = await ImageFolder.make()
  const before = memory.map((page, at) => (at % 3 === 0 ? pageOf(at, true) : page))
  const parent = await images.write({ head, memory: before })
  const { file } = await images.write({ head, memory, parentFile: parent.file })
  const image = await MemoryImage.open(file)
  try {
    return await work(await PageSource.open(image))
  } finally {
    await image.close()
  }
}

/** Number through all blocks. */
const numberOf = ({ block, page }: SentPage) => (block.name === 'pc.ram' ? page : ramPages + page)

/** Keeps what was taken; a page that comes twice or with another content ends the test. */
class Taken {
  readonly pages = new Set<number>()
  readonly #memory: Memory

  constructor(memory: Memory) {
    this.#memory = memory
  }

  add(sent: readonly SentPage[]): void {
    for (const each of sent) {
      const page = numberOf(each)
      assert.ok(!this.pages.has(page), `page ${page} comes twice`)
      assert.deepEqual(each.bytes, this.#memory[page])
      this.pages.add(page)
    }
  }
}

const contentPages = (memory: Memory) => [...memory.keys()].filter((page) => memory[page] !== null)

test('every page with content is taken once, whatever the guest asks for on the way', async () => {
  const memory = randomMemory(1, pages)
  const asks = fc.array(fc.record({ page: fc.nat(pages - 1), plans: fc.nat(3) }), { maxLength: 30 })
  await withSource(memory, async ({ total }) => assert.equal(total, contentPages(memory).length))
  await using images = await ImageFolder.make()
  const image = await MemoryImage.open((await images.write({ head, memory })).file)
  await fc.assert(
    fc.asyncProperty(asks, async (list) => {
      const source = await PageSource.open(image)
      const taken = new Taken(memory)
      for (const { page, plans } of list) {
        const frame = source.frameOf(page)
        assert.equal(frame === null, memory[page] === null)
        if (!source.isSent(page)) {
          const sent =
            frame === null
              ? [source.takeZeroPage(page)]
              : source.takeFrame(frame, await source.readFrame(frame), page)
          assert.equal(sent[0] && numberOf(sent[0]), page) // the one that is asked for comes first
          taken.add(sent)
        }
        assert.equal(source.isSent(page), true)
        for (const each of source.planFrames(plans))
          taken.add(source.takeFrame(each, await source.readFrame(each)))
      }
      for (;;) {
        const frames = source.planFrames(2)
        if (frames.length === 0) break
        for (const each of frames) taken.add(source.takeFrame(each, await source.readFrame(each)))
      }
      assert.equal(source.sent, source.total)
      for (const page of contentPages(memory)) assert.ok(taken.pages.has(page))
    }),
    { numRuns: 40 },
  )
  await image.close()
})

test('pages that are held by another image are taken as well', async () => {
  const memory = randomMemory(2, pages)
  await withSource(memory, async (source) => {
    const taken = new Taken(memory)
    for (const frame of source.planFrames(1000))
      taken.add(source.takeFrame(frame, await source.readFrame(frame)))
    assert.deepEqual(
      [...taken.pages].sort((a, b) => a - b),
      contentPages(memory),
    )
  })
})

test('frames are planned once, and not when all of their pages were sent', async () => {
  const memory = Array.from({ length: pages }, (_, at) => pageOf(at, true))
  await withSource(memory, async (source) => {
    const frame = source.frameOf(1) ?? -1
    source.takeFrame(frame, await source.readFrame(frame))
    const planned = source.planFrames(1000)
    assert.equal(new Set(planned).size, planned.length)
    assert.ok(!planned.includes(frame))
    assert.deepEqual(source.planFrames(1000), [])
  })
})

test('zero pages are taken in pieces of any size, each once', async () => {
  const memory = randomMemory(3, pages)
  for (const count of [1, 7, 1000]) {
    await withSource(memory, async (source) => {
      const taken = new Taken(memory)
      for (let page = 0; page < pages; ) {
        const { pages: some, next } = source.takeZeroPages(page, count)
        assert.ok(next > page && some.length <= count)
        taken.add(some)
        page = next
      }
      assert.equal(taken.pages.size, pages - contentPages(memory).length)
      assert.equal(source.sent, 0) // pages with content only
    })
  }
})

test('a page is found by block and address, and one outside is an error', async () => {
  await withSource(randomMemory(4, pages), async (source) => {
    assert.equal(source.pageAt('pc.ram', 0), 0)
    assert.equal(source.pageAt('pc.ram', 4096 * 5 + 4095), 5)
    assert.equal(source.pageAt('vga.vram', 4096), ramPages + 1)
    assert.throws(() => source.pageAt('pc.ram', ramPages * 4096), /"pc.ram"/)
    assert.throws(() => source.pageAt('pc.rom', 0), /"pc.rom"/)
  })
})

test('what has arrived before is not taken again', async () => {
  const memory = randomMemory(5, pages)
  const bits = fc.uint8Array({ minLength: 11, maxLength: 16 })
  await using images = await ImageFolder.make()
  const image = await MemoryImage.open((await images.write({ head, memory })).file)
  await fc.assert(
    fc.asyncProperty(bits, fc.nat(7), async (ram, vram) => {
      const source = await PageSource.open(image)
      source.setReceived('pc.ram', Buffer.from(ram))
      source.setReceived('vga.vram', Buffer.from([vram, 0, 0, 0, 0, 0, 0, 0]))
      const has = (page: number) => {
        const [bytes, at] = page < ramPages ? [ram, page] : [[vram], page - ramPages]
        return (((bytes[at >> 3] ?? 0) >> (at & 7)) & 1) === 1
      }
      const wanted = contentPages(memory)
      assert.equal(source.sent, wanted.filter(has).length)
      const taken = new Taken(memory)
      for (const frame of source.planFrames(1000))
        taken.add(source.takeFrame(frame, await source.readFrame(frame)))
      assert.deepEqual(
        [...taken.pages].sort((a, b) => a - b),
        wanted.filter((page) => !has(page)),
      )
      assert.equal(source.sent, source.total)
    }),
    { numRuns: 40 },
  )
  await image.close()
})

test('a bitmap of a block that the image does not have is an error', async () => {
  await withSource(randomMemory(6, pages), async (source) => {
    assert.throws(() => source.setReceived('pc.rom', Buffer.alloc(8)), /"pc.rom"/)
  })
})

test('pages that are named ahead are taken once, however often they are named, and zero pages are not', async () => {
  const named = fc.array(fc.nat(pages + 5), { maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(fc.nat(), named, async (seed, wanted) => {
      const memory = randomMemory(seed, pages)
      await withSource(memory, async (source) => {
        const taken = new Taken(memory)
        for (const [frame, ofFrame] of source.framesOf(wanted))
          taken.add(source.takePages(frame, await source.readFrame(frame), ofFrame))
        const expected = wanted.filter((page) => page < pages && source.frameOf(page) !== null)
        assert.deepEqual([...taken.pages].sort(), [...new Set(expected)].sort())
        assert.equal(source.sent, taken.pages.size)
      })
    }),
    { numRuns: 20 },
  )
})
