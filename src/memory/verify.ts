import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { StillpointError } from '../core/error.ts'
import { MIB } from '../core/units.ts'

export interface ExpectedImage {
  readonly file: string
  readonly sizeBytes: number
  readonly sha256: string
}

/** Reads the whole image and compares. Error: `memory_image_invalid`, also when it is missing. */
export async function verifyMemoryImage(expected: ExpectedImage, signal: AbortSignal): Promise<void> {
  await verifyMemoryImageSize(expected)
  const hash = createHash('sha256')
  await pipeline(createReadStream(expected.file, { highWaterMark: MIB }), hash, { signal })
  const sha256 = hash.digest('hex')
  if (sha256 !== expected.sha256) {
    throw invalid(expected, `is damaged: its checksum is ${sha256}, ${expected.sha256} was recorded`)
  }
}

/** The cheap part of the check: the file is there and as long as it was. */
export async function verifyMemoryImageSize(expected: ExpectedImage): Promise<void> {
  const found = await stat(expected.file).catch(() => null)
  if (!found) throw invalid(expected, 'is missing')
  if (found.size !== expected.sizeBytes) {
    throw invalid(expected, `is damaged: it has ${found.size} bytes, ${expected.sizeBytes} were recorded`)
  }
}

function invalid({ file }: ExpectedImage, what: string): StillpointError {
  return new StillpointError(
    'memory_image_invalid',
    `Memory image "${file}" ${what}; the disks of the checkpoint are not affected.`,
    {
      details: { file },
    },
  )
}
