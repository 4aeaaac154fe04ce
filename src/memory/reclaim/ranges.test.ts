import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { ImageFolder } from '../../../test/fixtures/memory-images.ts'
import { headOf, randomMemory } from '../../../test/fixtures/streams.ts'
import { neverAborted } from '../../core/cancel.ts'
import { MemoryImage } from '../image/reader.ts'
import { holesBetween, usedRanges } from './ranges.ts'
import { reclaim } from './reclaim.ts'

const pages = 300
const head = headOf(pages - 3)

test('holes never touch what is used, and leave nothing large between', () => {
  const steps = fc.array(fc.record({ gap: fc.nat(20_000), length: fc.integer({ min: 1, max: 70_000 }) }))
  fc.assert(
    fc.property(steps, fc.nat(20_000), (parts, rest) => {
      let at = 64
      const used = parts.map(({ gap, length }) => {
        const offset = at + gap
        at = offset + length
        return { offset, length }
      })
      const holes = holesBetween(used, 64, at + rest)
      const all = [...used, ...holes].toSorted((a, b) => a.offset - b.offset)
      let end = 64
      for (const { offset, length } of all) {
        assert.ok(offset >= end && offset - end < 4096)
        end = offset + length
      }
      assert.ok(at + rest - end < 4096)
    }),
  )
})

test('what another image reads of a file survives, the rest of it is given back', async () => {
  await using images = await ImageFolder.make()
  const memory = randomMemory(7, pages)
  const parent = await images.write({ head, memory })
  const changed = memory.map((page, at) => (at < pages / 2 ? (randomMemory(8, pages)[at] ?? null) : page))
  const child = await images.write({ head, memory: changed, parentFile: parent.file })
  const framesOf = async () => {
    const image = await MemoryImage.open(child.file)
    const { frameCount } = await image.index()
    const frames = await Promise.all(Array.from({ length: frameCount }, (_, frame) => image.readFrame(frame)))
    await image.close()
    return frames
  }
  const before = await framesOf()
  const { size } = await stat(parent.file)
  const [given] = await reclaim({ files: [parent.file], images: [child.file] }, neverAborted)
  assert.ok((given?.bytes ?? 0) > 0)
  assert.equal((await stat(parent.file)).size, size)
  assert.deepEqual(await framesOf(), before)
})

test('a file that no image reads is refused, and stays as it is', async () => {
  await using images = await ImageFolder.make()
  const alone = await images.write({ head, memory: randomMemory(1, pages) })
  const other = await images.write({ head, memory: randomMemory(2, pages) })
  const before = await readFile(alone.file)
  await assert.rejects(usedRanges([alone.file], [other.file]), /no image reads/)
  await assert.rejects(reclaim({ files: [alone.file], images: [other.file] }, neverAborted), /no image reads/)
  assert.deepEqual(await readFile(alone.file), before)
})
