import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { StreamHead } from './stream-head.ts'

const u8 = (value: number) => Buffer.from([value])
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
const text = (value: string) => Buffer.concat([u8(value.length), Buffer.from(value)])

interface Setup {
  readonly machine: string
  readonly sectionId: number
  readonly blocks: readonly { readonly name: string; readonly pages: number }[]
}

/** A stream up to the footer of its set-up section, as QEMU writes it. */
function setupOf({ machine, sectionId, blocks }: Setup): Buffer {
  const total = blocks.reduce((sum, { pages }) => sum + BigInt(pages) * 4096n, 0n)
  return Buffer.concat([
    ...[u32(0x5145564d), u32(3)],
    ...[u8(7), u32(machine.length), Buffer.from(machine)],
    ...[u8(1), u32(sectionId), text('ram'), u32(0), u32(4)],
    u64(total | 4n),
    ...blocks.flatMap(({ name, pages }) => [text(name), u64(BigInt(pages) * 4096n)]),
    u64(0x10n),
    ...[u8(0x7e), u32(sectionId)],
  ])
}

const pages = Buffer.concat([u8(2), u32(2), u64(8n), text('pc.ram'), Buffer.alloc(4096, 0x7e)])
const usual: Setup = {
  machine: 'pc-q35-7.2',
  sectionId: 2,
  blocks: [
    { name: 'pc.ram', pages: 32768 },
    { name: 'vga.vram', pages: 4096 },
    { name: '/rom@etc/acpi/tables', pages: 32 },
  ],
}

test('the first page is seen with its first byte, wherever the stream is cut', () => {
  const setup = setupOf(usual)
  const stream = Buffer.concat([setup, pages])
  for (let cut = 1; cut < stream.length; cut++) {
    const head = new StreamHead()
    assert.equal(head.push(stream.subarray(0, cut)), cut > setup.length, `cut at ${cut}`)
    assert.equal(head.push(stream.subarray(cut)), true)
  }
})

test('a stream that comes byte by byte gives the first page at exactly its first byte', () => {
  const setup = setupOf(usual)
  const head = new StreamHead()
  const seen = [...Buffer.concat([setup, pages.subarray(0, 20)])].map((byte) => head.push(u8(byte)))
  assert.equal(seen.indexOf(true), setup.length)
  assert.ok(seen.slice(setup.length).every(Boolean))
})

test('whatever the machine and its memory are called, only the end of the set-up counts', () => {
  const names = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 30 })
  const setups = fc.record({
    machine: names,
    sectionId: fc.nat(200),
    blocks: fc.array(fc.record({ name: names, pages: fc.integer({ min: 1, max: 2 ** 30 }) }), {
      maxLength: 8,
    }),
  })
  fc.assert(
    fc.property(setups, fc.nat(), (setup, at) => {
      const bytes = setupOf(setup)
      const cut = 1 + (at % bytes.length)
      const head = new StreamHead()
      assert.equal(head.push(bytes.subarray(0, cut)), false)
      assert.equal(head.push(bytes.subarray(cut)), false)
      assert.equal(head.push(u8(2)), true)
    }),
  )
})

test('a stream of another kind holds nothing back', () => {
  const head = new StreamHead()
  assert.equal(head.push(Buffer.from('QF')), false)
  assert.equal(head.push(Buffer.from('I\xfb and more', 'latin1')), true)
})
