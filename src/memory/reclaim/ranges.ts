import { MemoryImage } from '../image/reader.ts'

export interface Range {
  readonly offset: number
  readonly length: number
}

/** Shorter ones are not worth a call: a file system gives back whole blocks. */
const shortestHole = 4096

/**
 * What the images read of each of `files`, in order and without overlap. Errors: ImageError; Error when nobody reads a
 * file: it is only asked about files that somebody needs, so then the names are wrong, and all of it would be given back.
 */
export async function usedRanges(
  files: readonly string[],
  images: readonly string[],
): Promise<Map<string, Range[]>> {
  const used = new Map<string, Range[]>(files.map((file) => [file, []]))
  for (const each of images) {
    const image = await MemoryImage.open(each)
    try {
      const index = await image.index()
      for (let frame = 0; frame < index.frameCount; frame++) {
        const place = index.frame(frame)
        used.get(image.fileOf(index, place))?.push({ offset: place.offset, length: place.storedBytes })
      }
    } finally {
      await image.close()
    }
    for (const [file, ranges] of used) used.set(file, merged(ranges))
  }
  const unread = files.find((file) => used.get(file)?.length === 0)
  if (unread !== undefined) throw new Error(`no image reads "${unread}", though it is kept for one`)
  return used
}

/** What lies between the used ranges of a file, from `begin` to `end`. */
export function holesBetween(used: readonly Range[], begin: number, end: number): Range[] {
  const holes: Range[] = []
  let at = begin
  for (const { offset, length } of [...used, { offset: end, length: 0 }]) {
    if (offset - at >= shortestHole) holes.push({ offset: at, length: offset - at })
    at = Math.max(at, offset + length)
  }
  return holes
}

function merged(ranges: readonly Range[]): Range[] {
  const result: { offset: number; length: number }[] = []
  for (const { offset, length } of ranges.toSorted((a, b) => a.offset - b.offset)) {
    const last = result.at(-1)
    if (last && offset <= last.offset + last.length)
      last.length = Math.max(last.length, offset + length - last.offset)
    else result.push({ offset, length })
  }
  return result
}
