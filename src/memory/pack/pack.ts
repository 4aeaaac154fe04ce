import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { runHelper } from '../../core/helper-process.ts'

/** What the process of `pack-main.ts` is to do. */
export type PackOrder =
  /** Write one image that holds everything itself. */
  | { readonly do: 'pack'; readonly from: string; readonly to: string }
  /** Read every frame of an image. */
  | { readonly do: 'check'; readonly file: string }

export interface Packed {
  readonly sizeBytes: number
  /** Of the footer, hexadecimal. */
  readonly sha256: string
}

export interface CheckedImage extends Packed {
  /** File names of the images that it refers to. */
  readonly sources: readonly string[]
}

const program = fileURLToPath(new URL('./pack-main.ts', import.meta.url))

/**
 * Writes the image `from`, with what it holds by referring to others, as one file that refers to nothing.
 * Durable on return but for its name; on an error no file is left. Errors: Error that begins with the file that cannot
 * be read; those of the file system, with their code.
 */
export async function packImage(
  from: string,
  to: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Packed> {
  try {
    return await runHelper(program, { do: 'pack', from, to } satisfies PackOrder, onBytes, signal)
  } catch (error) {
    await rm(to, { force: true })
    throw error
  }
}

/** Reads all of an image, in itself and in its sources, and compares it with its checksums. Errors: as `packImage`. */
export function checkImage(
  file: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<CheckedImage> {
  return runHelper(program, { do: 'check', file } satisfies PackOrder, onBytes, signal)
}
