import { join } from 'node:path'
import { asStorageError } from '../../core/durable-file.ts'
import type { Progress } from '../../core/progress.ts'
import { BytesProgress, bytesTo } from './bytes-progress.ts'
import { copyFile } from './copy-file.ts'
import { exportInvalid, type ImportFolder } from './import-folder.ts'
import type { ExportedFile } from './manifest.ts'

/** Copies files out of an export, and compares each with the checksum that the export has for it. */
export class ImportCopier {
  readonly folder: string
  readonly #files: ReadonlyMap<string, ExportedFile>
  readonly #progress: BytesProgress
  readonly #signal: AbortSignal

  constructor({ path, manifest }: ImportFolder, progress: Progress, signal: AbortSignal) {
    this.folder = path
    this.#files = new Map(manifest.files.map((each) => [each.file, each]))
    const parts = manifest.files.map(({ file, sizeBytes }) => ({ file, what: file, bytes: sizeBytes }))
    this.#progress = new BytesProgress(progress, parts)
    this.#signal = signal
  }

  /** What is compared is what was written. Errors: `export_invalid`, `disk_full`, `io_error`. */
  async copy(file: string, to: string): Promise<void> {
    const expected = this.#files.get(file)
    if (!expected) throw exportInvalid(this.folder, `"${file}" has no checksum`)
    const progress = this.#progress.of(file)
    const onBytes = bytesTo(progress, expected.sizeBytes, 'copying')
    const copied = await copyFile(join(this.folder, file), to, onBytes, this.#signal).catch((error) => {
      this.#signal.throwIfAborted()
      throw asStorageError(error, `"${join(this.folder, file)}" cannot be copied`)
    })
    if (copied.sizeBytes !== expected.sizeBytes || copied.sha256 !== expected.sha256)
      throw exportInvalid(this.folder, `its file "${file}" does not match its checksum`)
    progress.report(100, 'copied')
  }
}
