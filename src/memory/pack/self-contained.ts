import { stat } from 'node:fs/promises'
import type { AppendFile } from '../image/append-file.ts'
import { encodeFooter, encodeHeader, sha256 } from '../image/format.ts'
import { FrameTable, frameOfSlot, ImageIndex, placeInFrame, slotOf } from '../image/index.ts'
import type { MemoryImage } from '../image/reader.ts'
import { appendSection, appendWritten, compressed } from '../image/sections.ts'
import type { CheckedImage, Packed } from './pack.ts'

/**
 * Writes an image again, so that it refers to no other. Frames are taken as they are stored, after a look at their
 * checksums; those that no page is in are left out. It keeps its id: it holds the same instant, and is
 * not meant to lie beside the original. Errors: ImageError; those of AppendFile.
 */
export async function writeSelfContained(
  image: MemoryImage,
  file: AppendFile,
  onBytes: (bytes: number) => void,
): Promise<Packed> {
  const index = await image.index()
  const table = new FrameTable()
  const frames = new Map<number, number>()
  let bytes = await appendWritten(file, encodeHeader(image.imageId))
  for (const frame of usedFrames(index)) {
    const { place, stored } = await image.storedFrame(frame)
    const number = table.add()
    table.set(number, { ...place, source: 0, offset: await appendWritten(file, stored) })
    frames.set(frame, number)
    bytes += stored.length
    onBytes(bytes)
  }
  const slots = index.slots.map((slot) =>
    slot === 0 ? 0 : slotOf(frames.get(frameOfSlot(slot)) ?? 0, placeInFrame(slot)),
  )
  const own = new ImageIndex({ ...index.head, sources: [] }, slots, table.bytes())
  const footer = encodeFooter({
    imageId: image.imageId,
    devices: await appendSection(file, await compressed(await image.devices())),
    index: await appendSection(file, await compressed(own.encode())),
    hashes: await appendSection(file, await image.hashes()),
  })
  file.append(footer)
  return { sizeBytes: await file.finish(), sha256: sha256(footer).toString('hex') }
}

/** Reads everything of an image that a guest is ever read from. Error: ImageError. */
export async function readWhole(image: MemoryImage, onBytes: (bytes: number) => void): Promise<CheckedImage> {
  const index = await image.index()
  let bytes = 0
  for (const frame of usedFrames(index)) {
    bytes += (await image.readFrame(frame)).length
    onBytes(bytes)
  }
  await image.devices()
  await image.hashes()
  await image.requireSources()
  const { size } = await stat(image.file)
  return {
    sizeBytes: size,
    sha256: image.sha256,
    sources: index.head.sources.map(({ fileName }) => fileName),
  }
}

/** In the order of the table, which is mostly that of the file. */
function usedFrames({ slots, frameCount }: ImageIndex): number[] {
  const isUsed = new Uint8Array(frameCount)
  for (const slot of slots) if (slot !== 0) isUsed[frameOfSlot(slot)] = 1
  return Array.from(isUsed.keys()).filter((frame) => isUsed[frame] === 1)
}
