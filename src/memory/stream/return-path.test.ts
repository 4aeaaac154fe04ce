import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutInto, named, u16, u32, u64 } from '../../../test/fixtures/streams.ts'
import { type ReturnMessage, ReturnPathReader } from './return-path.ts'

const bitmapEnd = Buffer.from('0123456789abcdef', 'hex')

function encode(type: number, ...data: Buffer[]): Buffer {
  const all = Buffer.concat(data)
  return Buffer.concat([u16(type), u16(all.length), all])
}

const request = (start: number, length: number) => [u64(start), u32(length)]
const bitmapOf = (block: string, bitmap: Buffer) =>
  Buffer.concat([encode(5, named(block)), u64(bitmap.length), bitmap, bitmapEnd])

/** What QEMU would send, and what it means; a request without a block is about the block of the one before. */
const blockNames = fc.string({ minLength: 1, maxLength: 20 }).map((text) => text.replace(/[^!-~]/g, '/'))
const addresses = fc.tuple(fc.nat(2 ** 30), fc.nat(2 ** 12)).map(([low, high]) => low * 4096 + high * 2 ** 42)
const sent = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('shut' as const), failed: fc.boolean() }),
    fc.record({ kind: fc.constant('pong' as const), value: fc.nat(2 ** 32 - 1) }),
    fc.record({
      kind: fc.constant('request' as const),
      block: blockNames,
      start: addresses,
      length: fc.nat(),
    }),
    fc.record({ kind: fc.constant('again' as const), start: addresses, length: fc.nat() }),
    fc.record({
      kind: fc.constant('received' as const),
      block: blockNames,
      bitmap: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    }),
    fc.constant({ kind: 'resumed' as const }),
  ),
  { maxLength: 12 },
)

type Sent = typeof sent extends fc.Arbitrary<(infer Each)[]> ? Each : never

function bytesOf(message: Sent): Buffer {
  switch (message.kind) {
    case 'shut':
      return encode(1, u32(message.failed ? 1 : 0))
    case 'pong':
      return encode(2, u32(message.value))
    case 'request':
      return encode(3, ...request(message.start, message.length), named(message.block))
    case 'again':
      return encode(4, ...request(message.start, message.length))
    case 'received':
      return bitmapOf(message.block, message.bitmap)
    case 'resumed':
      return encode(6, u32(1))
  }
}

function meaningOf(messages: readonly Sent[]): ReturnMessage[] {
  let block = ''
  return messages.map((message) => {
    if (message.kind === 'request') block = message.block
    return message.kind === 'again' ? { ...message, kind: 'request', block } : { ...message }
  })
}

test('messages are read, wherever they are cut', () => {
  fc.assert(
    fc.property(sent, fc.array(fc.nat(), { maxLength: 20 }), (messages, cuts) => {
      const reader = new ReturnPathReader()
      const chunks = cutInto(Buffer.concat(messages.map(bytesOf)), cuts)
      assert.deepEqual(
        chunks.flatMap((chunk) => reader.push(chunk)),
        meaningOf(messages),
      )
    }),
  )
})

test('messages that come byte by byte are read', () => {
  fc.assert(
    fc.property(sent, (messages) => {
      const reader = new ReturnPathReader()
      const bytes = Buffer.concat(messages.map(bytesOf))
      const found = Array.from(bytes, (_, at) => reader.push(bytes.subarray(at, at + 1))).flat()
      assert.deepEqual(found, meaningOf(messages))
    }),
    { numRuns: 30 },
  )
})

test('a message is given out with its last byte, and not before', () => {
  fc.assert(
    fc.property(sent, (messages) => {
      const reader = new ReturnPathReader()
      for (const message of messages) {
        const bytes = bytesOf(message)
        assert.deepEqual(reader.push(bytes.subarray(0, -1)), [])
        assert.equal(reader.push(bytes.subarray(-1)).length, 1)
      }
    }),
  )
})

test('a bitmap of a large block comes whole out of many chunks', () => {
  const bitmap = Buffer.from(Array.from({ length: 2 ** 18 }, (_, at) => at * 7))
  const bytes = bitmapOf('pc.ram', bitmap)
  const reader = new ReturnPathReader()
  const found: ReturnMessage[] = []
  for (let at = 0; at < bytes.length; at += 5000) found.push(...reader.push(bytes.subarray(at, at + 5000)))
  assert.deepEqual(found, [{ kind: 'received', block: 'pc.ram', bitmap }])
})

test('an unknown message is an error that names it', () => {
  for (const type of [0, 7, 8, 0xffff])
    assert.throws(() => new ReturnPathReader().push(encode(type)), new RegExp(`message ${type} `))
})

test('a bitmap without its end mark, or of an impossible size, is an error', () => {
  const bytes = bitmapOf('pc.ram', Buffer.alloc(8))
  bytes[bytes.length - 1] = 0
  assert.throws(() => new ReturnPathReader().push(bytes), /end mark/)
  const huge = Buffer.concat([encode(5, named('pc.ram')), u64(2 ** 50)])
  assert.throws(() => new ReturnPathReader().push(huge), /bitmap of 1125899906842624 bytes/)
})

test('a message that is too short for what it says is an error', () => {
  for (const type of [1, 2, 3, 4])
    assert.throws(() => new ReturnPathReader().push(encode(type, Buffer.alloc(2))), Error)
})

test('bytes that may be anything give messages or an error, and come to an end', () => {
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
  const damaged = fc.tuple(sent, fc.nat(), fc.nat(255)).map(([messages, place, value]) => {
    const bytes = Buffer.concat(messages.map(bytesOf))
    if (bytes.length > 0) bytes[place % bytes.length] = value
    return bytes
  })
  fc.assert(
    fc.property(fc.oneof(noise, damaged), fc.array(fc.nat(), { maxLength: 10 }), (bytes, cuts) => {
      const reader = new ReturnPathReader()
      try {
        for (const chunk of cutInto(bytes, cuts)) reader.push(chunk)
      } catch (error) {
        assert.ok(error instanceof Error)
      }
    }),
    { numRuns: 500 },
  )
})
