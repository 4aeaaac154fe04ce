import { constants, zstdCompress } from 'node:zlib'
import type { AppendFile } from './append-file.ts'
import { frameBytes, type Section, sha256 } from './format.ts'

/** Fast: memory is compressed while a guest waits for it to be taken. */
export const zstd = {
  params: { [constants.ZSTD_c_compressionLevel]: 1 },
  chunkSize: 2 * frameBytes, // one round for a frame; the default is a quarter of it
}

export function compressed(bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    zstdCompress(bytes, zstd, (error, packed) => (error ? reject(error) : resolve(packed))),
  )
}

/** Appends `stored`, and waits until it was written; its offset. Rejects with why it could not be. */
export async function appendWritten(file: AppendFile, stored: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const offset = file.append(stored, (error) => (error ? reject(error) : resolve()))
  await promise
  return offset
}

export async function appendSection(file: AppendFile, stored: Buffer): Promise<Section> {
  return {
    offset: await appendWritten(file, stored),
    storedBytes: stored.length,
    sha256: sha256(stored),
  }
}
