import type { Picture } from '../../hypervisor/port.ts'

/** No wider than `widthPx`, in the same proportions: each pixel is the mean of those that it stands for. */
export function scaledDown(picture: Picture, widthPx: number): Picture {
  if (picture.widthPx <= widthPx) return picture
  const heightPx = Math.max(1, Math.round((picture.heightPx * widthPx) / picture.widthPx))
  const rgb = new Uint8Array(widthPx * heightPx * 3)
  // Where the pixels of each row and column begin in the large picture; one more for the end of the last.
  const rows = bounds(picture.heightPx, heightPx)
  const columns = bounds(picture.widthPx, widthPx)
  let at = 0
  for (const [top, bottom] of rows) {
    for (const [left, right] of columns) {
      at = putMean(picture, rgb, at, { top, bottom, left, right })
    }
  }
  return { widthPx, heightPx, rgb }
}

interface Area {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Returns where the next pixel goes. */
function putMean(from: Picture, to: Uint8Array, at: number, { top, bottom, left, right }: Area): number {
  let red = 0
  let green = 0
  let blue = 0
  for (let y = top; y < bottom; y++) {
    const end = (y * from.widthPx + right) * 3
    for (let offset = (y * from.widthPx + left) * 3; offset < end; offset += 3) {
      red += from.rgb[offset] ?? 0
      green += from.rgb[offset + 1] ?? 0
      blue += from.rgb[offset + 2] ?? 0
    }
  }
  const count = (bottom - top) * (right - left)
  to[at] = red / count
  to[at + 1] = green / count
  to[at + 2] = blue / count
  return at + 3
}

/** `length` divided into `parts`, none of which is empty. */
function bounds(length: number, parts: number): (readonly [from: number, to: number])[] {
  const begin = (index: number) => Math.floor((index * length) / parts)
  return Array.from({ length: parts }, (_, index) => [begin(index), begin(index + 1)] as const)
}
