import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { headerBytes } from '../image/format.ts'
import { holesBetween, usedRanges } from './ranges.ts'
import type { Reclaimed, ReclaimOrder } from './reclaim.ts'

/**
 * The process that gives back what no image reads of files whose own checkpoint is gone. A process, for it reads
 * the index of every image, megabytes each. Nothing is copied or moved, and all of it can be done again.
 *
 * Argument: ReclaimOrder as JSON. Out: Reclaimed as JSON; it ends with an error where anything cannot be
 * read, before anything was given back.
 */
const order: ReclaimOrder = JSON.parse(process.argv[2] ?? '')
const punchHoles = fileURLToPath(new URL('./punch-holes.pl', import.meta.url))

const used = await usedRanges(order.files, order.images)
const reclaimed: Reclaimed = []
for (const [file, ranges] of used) {
  const { size } = await stat(file)
  const holes = holesBetween(ranges, headerBytes, size)
  const input = holes.map(({ offset, length }) => `${offset} ${length}\n`).join('')
  await execa('perl', [punchHoles, file], { input })
  reclaimed.push({ file, bytes: holes.reduce((sum, { length }) => sum + length, 0) })
}
process.stdout.write(JSON.stringify(reclaimed))
