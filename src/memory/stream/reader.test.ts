import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  contentOf,
  cutInto,
  deviceBlob,
  encodeStream,
  endOf,
  headerOf,
  named,
  pageBytes,
  pageEntry,
  pageOf,
  ramEndMark,
  ramPartOf,
  ramStartOf,
  randomStreams,
  readStream,
  type StreamContent,
  u16,
  u32,
  u64,
} from '../../../test/fixtures/streams.ts'
import { StreamError, StreamReader } from './reader.ts'
import {
  encodeEnd,
  encodeHeader,
  encodeRamEnd,
  encodeRamPart,
  encodeRamStart,
  type SentPage,
} from './writer.ts'

const machine = headerOf('pc-q35-7.2')
const id = 2
const blocks = [
  { name: 'pc.ram', bytes: 8 * pageBytes },
  { name: 'pc.bios', bytes: 2 * pageBytes },
]
const start = ramStartOf(id, blocks)
const whole = pageOf(1, true)
const onePage = pageEntry({ block: 'pc.ram', page: 1, content: whole, sameBlock: false })
const part = (...entries: Buffer[]) => ramPartOf(2, id, entries)
const sound = [machine, start, part(onePage), ramPartOf(3, id, []), deviceBlob, endOf('{}')]

/** The stream is refused, and the message says so. */
function refused(pieces: readonly Buffer[], says: RegExp, memoryBytes?: number): void {
  const bytes = Buffer.concat(pieces)
  assert.throws(
    () => readStream([bytes], memoryBytes),
    (error) => error instanceof StreamError && says.test(error.message) && /at byte \d+/.test(error.message),
    `${says}`,
  )
}

/** What is made of bytes that may be anything: content, or null for a StreamError. Whatever else is thrown goes on. */
function soundOrRefused(chunks: Iterable<Buffer>): StreamContent | null {
  try {
    return readStream(chunks)
  } catch (error) {
    if (error instanceof StreamError) return null
    throw error
  }
}

const cuts = () => fc.array(fc.nat(), { maxLength: 30 })

test('a stream gives its head, its pages and its devices, wherever it is cut', () => {
  fc.assert(
    fc.property(randomStreams(), cuts(), (plan, at) => {
      assert.deepEqual(readStream(cutInto(encodeStream(plan), at)), contentOf(plan))
    }),
    { numRuns: 200 },
  )
})

test('a stream that comes byte by byte gives the same', () => {
  fc.assert(
    fc.property(randomStreams(), (plan) => {
      const bytes = encodeStream(plan)
      const chunks = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
      assert.deepEqual(readStream(chunks), contentOf(plan))
    }),
    { numRuns: 10 },
  )
})

test('a chunk that is written over after it was taken does no harm', () => {
  fc.assert(
    fc.property(randomStreams(), cuts(), (plan, at) => {
      const chunks = function* () {
        for (const chunk of cutInto(encodeStream(plan), at)) {
          const lent = Buffer.from(chunk)
          yield lent
          lent.fill(0xee)
        }
      }
      assert.deepEqual(readStream(chunks()), contentOf(plan))
    }),
    { numRuns: 50 },
  )
})

test('a page that comes again comes out again', () => {
  const again = pageOf(2, true)
  const second = pageEntry({ block: 'pc.ram', page: 1, content: again, sameBlock: true })
  const { pages } = readStream([
    Buffer.concat([machine, start, part(onePage), part(second), deviceBlob, endOf('{}')]),
  ])
  assert.deepEqual(
    pages.map(({ page, bytes }) => [page, bytes?.equals(again)]),
    [
      [1, false],
      [1, true],
    ],
  )
})

test('pages of a block that the section before named belong to that block', () => {
  const other = pageEntry({ block: 'pc.bios', page: 0, content: 0, sameBlock: false })
  const same = pageEntry({ block: '', page: 1, content: 7, sameBlock: true })
  const { pages } = readStream([...[machine, start, part(other)], part(same), deviceBlob, endOf('{}')])
  assert.deepEqual(
    pages.map(({ page, bytes }) => [page, bytes?.[4095]]),
    [
      [8, undefined],
      [9, 7],
    ],
  )
})

test('it is known from which chunk on pages have come', () => {
  const reader = new StreamReader({ head() {}, page() {}, zeroPage() {} }, { memoryBytes: 2 ** 40 })
  reader.push(Buffer.concat([machine, start, Buffer.from([2]), u32(id), onePage.subarray(0, -1)]))
  assert.equal(reader.sawPage, false)
  reader.push(onePage.subarray(-1))
  assert.equal(reader.sawPage, true)
})

test('the reader takes back what the encoder of this project writes', () => {
  fc.assert(
    fc.property(randomStreams(), cuts(), (plan, at) => {
      const sent = plan.parts.map((entries) =>
        entries.map(({ block, page, content }): SentPage => {
          const bytes = content === 0 ? null : Buffer.alloc(pageBytes, content)
          const found = plan.blocks.find(({ name }) => name === block)
          assert.ok(found)
          return { block: found, page, bytes }
        }),
      )
      const bytes = Buffer.concat([
        encodeHeader(plan),
        encodeRamStart(plan),
        ...sent.map((pages) => encodeRamPart(plan, pages)),
        encodeRamEnd(plan),
        plan.devices,
        encodeEnd(),
      ])
      assert.deepEqual(readStream(cutInto(bytes, at)), contentOf(plan))
    }),
  )
})

test('the encoder writes what QEMU would', () => {
  fc.assert(
    fc.property(randomStreams(), (plan) => {
      assert.deepEqual(encodeHeader(plan), headerOf(plan.machineType))
      assert.deepEqual(encodeRamStart(plan), ramStartOf(plan.ramSectionId, plan.blocks))
    }),
  )
})

test('a stream that is cut short anywhere is refused', () => {
  fc.assert(
    fc.property(randomStreams(), fc.nat(), cuts(), (plan, length, at) => {
      const bytes = encodeStream(plan)
      const short = bytes.subarray(0, length % bytes.length)
      assert.equal(soundOrRefused(cutInto(short, at)), null)
    }),
    { numRuns: 300 },
  )
})

test('a short stream is refused at every length', () => {
  const bytes = encodeStream({
    ...{ machineType: 'x', ramSectionId: id, blocks, hasEnd: true, switchoverBefore: 1 },
    parts: [[{ block: 'pc.ram', page: 3, content: 9, sameBlock: false }], []],
    ...{ devices: deviceBlob, description: '{}' },
  })
  assert.ok(soundOrRefused([bytes]))
  for (let length = 0; length < bytes.length; length++)
    assert.equal(soundOrRefused([bytes.subarray(0, length)]), null)
})

test('a byte that was changed anywhere is refused or read, and nothing else happens', () => {
  fc.assert(
    fc.property(
      randomStreams(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      cuts(),
      (plan, place, change, at) => {
        const bytes = encodeStream(plan)
        const offset = place % bytes.length
        bytes[offset] = (bytes[offset] ?? 0) ^ change
        soundOrRefused(cutInto(bytes, at))
      },
    ),
    { numRuns: 500 },
  )
})

test('every byte of the part before the pages, changed in any bit, is refused or read', () => {
  const bytes = Buffer.concat(sound)
  const structure = [machine, start].reduce((sum, { length }) => sum + length, 0) + 20
  for (let offset = 0; offset < structure; offset++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[offset] = (changed[offset] ?? 0) ^ (1 << bit)
      soundOrRefused([changed])
    }
  }
})

test('bytes put in between are refused or read, and nothing else happens', () => {
  fc.assert(
    fc.property(
      randomStreams(),
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 20 }),
      cuts(),
      (plan, place, more, at) => {
        const bytes = encodeStream(plan)
        const offset = place % bytes.length
        soundOrRefused(cutInto(Buffer.concat([bytes.subarray(0, offset), more, bytes.subarray(offset)]), at))
      },
    ),
    { numRuns: 300 },
  )
})

test('random bytes are refused, also behind a sound beginning', () => {
  const beginnings = [Buffer.alloc(0), machine.subarray(0, 8), machine, Buffer.concat([machine, start])]
  const noise = fc.uint8Array({ maxLength: 300 })
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), noise, cuts(), (beginning, bytes, at) => {
      assert.equal(soundOrRefused(cutInto(Buffer.concat([beginning, bytes]), at)), null)
    }),
    { numRuns: 500 },
  )
})

test('what is no stream of this version is named', () => {
  refused([Buffer.alloc(20)], /no migration stream/)
  refused([Buffer.from('QEVM'), u32(4)], /version 4 /)
  refused([], /ends early/)
  refused([Buffer.from('QEVM')], /ends early/)
})

test('an unknown record is named, with the place where it stands', () => {
  refused([machine.subarray(0, 8), start], /type 0x1 before the memory/)
  refused([machine, machine.subarray(8)], /type 0x7 before the memory/)
  refused([machine, Buffer.from([5])], /type 0x5 before the memory/) // a subsection of the configuration
  refused([machine, deviceBlob], /type 0x4 before the memory/)
  refused([machine, start, Buffer.from([5])], /type 0x5 within the memory/)
  refused([machine, start, start], /type 0x1 within the memory/)
  refused([machine, start, ramPartOf(3, id, []), part()], /type 0x2 behind the memory/)
  refused([machine, start, part(onePage), endOf('{}')], /type 0x0 within the memory/)
})

test('an unknown section, version or command is named', () => {
  refused([machine, ramStartOf(id, blocks, 4, 'dirty-bitmap')], /"dirty-bitmap"/)
  refused([machine, ramStartOf(id, blocks, 3)], /Version 3 /)
  const command = (number: number, length: number) =>
    Buffer.concat([Buffer.from([8]), u16(number), u16(length), Buffer.alloc(length)])
  refused([machine, start, command(3, 0)], /Command 3 /)
  refused([machine, start, command(11, 4)], /Command 11 /)
  refused([machine, command(1, 0)], /type 0x8 before the memory/)
})

test('a machine type that is empty or endless is refused', () => {
  refused([machine.subarray(0, 9), u32(0)], /machine type/)
  refused([machine.subarray(0, 9), u32(2 ** 32 - 1), Buffer.alloc(100)], /machine type/)
})

test('a claim of more memory than the VM has is refused before any of it comes', () => {
  const claim = (bytes: number) => ramStartOf(id, [{ name: 'pc.ram', bytes }])
  refused([machine, claim(2 ** 31 + pageBytes)], /claims 2147487744 bytes/, 2 ** 31)
  refused([machine, claim(2 ** 52)], /claims/)
  refused([machine, claim(2 ** 31)], /ends early/, 2 ** 31)
})

test('a list of blocks that does not fit is refused', () => {
  const list = (total: number, ...pieces: Buffer[]) =>
    Buffer.concat([Buffer.from([1]), u32(id), named('ram'), u32(0), u32(4), u64(total + 4), ...pieces])
  refused([machine, list(0)], /without a list/)
  refused([machine, list(pageBytes + 4)], /without a list/) // another flag
  refused([machine, list(pageBytes, named('a'), u64(100))], /"a" of 100 bytes/)
  refused([machine, list(pageBytes, named('a'), u64(0))], /"a" of 0 bytes/)
  refused([machine, list(pageBytes, named('a'), u64(2 * pageBytes))], /"a" of 8192 bytes/)
  refused([machine, list(pageBytes, named(''), u64(pageBytes))], /Block "" /)
  const twice = [0, 1].map(() => ({ name: 'pc.ram', bytes: pageBytes }))
  refused([machine, ramStartOf(id, twice)], /same name/)
  const many = Array.from({ length: 1025 }, (_, at) => ({ name: `b${at}`, bytes: pageBytes }))
  refused([machine, ramStartOf(id, many)], /too many blocks/)
})

test('memory that cannot be is named', () => {
  const entry = (flags: number, ...rest: Buffer[]) => part(Buffer.concat([u64(flags), ...rest]))
  for (const flags of [0, 0x01, 0x04, 0x0a, 0x18, 0x40, 0x80, 0x100, 0x200])
    refused([machine, start, entry(flags, named('pc.ram'))], new RegExp(`flags 0x${flags.toString(16)} `))
  refused([machine, start, entry(8, named('pc.rom'), whole)], /"pc.rom"/)
  refused([machine, start, entry(0x28, whole)], /Page 0 /) // the block before, where there was none
  for (const page of [8, 2 ** 20, 2 ** 40]) {
    const outside = pageEntry({ block: 'pc.ram', page, content: 0, sameBlock: false })
    refused([machine, start, part(outside)], new RegExp(`Page ${page} is outside`))
  }
})

test('a section that is another one, or has no footer, is named', () => {
  refused([machine, start, ramPartOf(2, 3, [])], /Section 3 /)
  refused([machine, start, Buffer.from([2]), u32(id), ramEndMark(9)], /Section 9 /)
  const footerless = Buffer.concat([u64(0x10), Buffer.from([2]), u32(id)])
  refused([machine, start, Buffer.from([2]), u32(id), footerless], /footer/)
})

test('a stream whose description is missing or has another length is refused', () => {
  const before = sound.slice(0, -1)
  refused(before, /description is missing/)
  refused([...before, Buffer.from([0])], /description is missing/)
  refused([...before, endOf('{}'), Buffer.from('x')], /description is missing/)
  refused([...before, endOf('{}').subarray(0, -1)], /description is missing/)
  refused([machine, start, part(onePage), deviceBlob.subarray(0, -5), endOf('{}')], /description is missing/)
})

test('device state without end is refused before it fills the memory', () => {
  const reader = new StreamReader({ head() {}, page() {}, zeroPage() {} }, { memoryBytes: 2 ** 40 })
  reader.push(Buffer.concat([machine, start, part(onePage)]))
  const chunk = Buffer.alloc(8 * 2 ** 20, 4)
  for (let taken = 0; taken < 256 * 2 ** 20; taken += chunk.length) reader.push(chunk)
  assert.throws(() => reader.push(chunk), StreamError)
})
