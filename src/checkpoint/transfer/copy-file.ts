import { fileURLToPath } from 'node:url'
import { runHelper } from '../../core/helper-process.ts'

/** What the process of `copy-main.ts` is to do. */
export interface CopyOrder {
  readonly from: string
  /** Must not exist; null: only the checksum is wanted. */
  readonly to: string | null
}

export interface Copied {
  readonly sizeBytes: number
  /** Hexadecimal; of the copy where there is one. */
  readonly sha256: string
}

const program = fileURLToPath(new URL('./copy-main.ts', import.meta.url))

/** Copies a file, durable on return but for its name. On an error a part of it may be left. Errors: those of the file system. */
export function copyFile(
  from: string,
  to: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Copied> {
  return runHelper(program, { from, to } satisfies CopyOrder, onBytes, signal)
}

/** Size and checksum of a file, which must not be a link. Errors: those of the file system. */
export function hashFile(
  file: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Copied> {
  return runHelper(program, { from: file, to: null } satisfies CopyOrder, onBytes, signal)
}
