import type { Progress } from '../core/progress.ts'
import type { ImageFormat, Layer } from './layer.ts'

export interface ImageSource {
  readonly path: string
  readonly format: ImageFormat
  /** The only file that its header may name; null for none. */
  readonly backing: { readonly path: string; readonly format: ImageFormat } | null
}

/** What is done with image files while no guest uses them. New files have mode 0600 and are durable on return. */
export interface ImageTool {
  /** An empty layer over `backing`, or an empty disk. Fails when the file exists. */
  create(layer: Pick<Layer, 'file' | 'virtualSizeBytes'>, backing: Layer | null): Promise<void>
  /**
   * A qcow2 copy, flattened, of an image and of `backing`, the only file that its header may name.
   * Errors: `disk_full`, `image_invalid`, `image_in_use`; on any, no file is left.
   */
  copy(source: ImageSource, file: string, progress: Progress, signal: AbortSignal): Promise<void>
  /** What a copy by `copy` takes at most, in bytes. Errors: `image_invalid`, `image_in_use`. */
  measureCopy(source: ImageSource): Promise<number>
  /**
   * The view of the last layer of a chain, the base first, as one qcow2 image. None of the layers may be written to
   * meanwhile. Errors: as `copy`.
   */
  flatten(chain: readonly Layer[], file: string, progress: Progress, signal: AbortSignal): Promise<void>
  /** The most that `flatten` will write for this chain, in bytes. Errors: as `flatten`. */
  flattenedBytes(chain: readonly Layer[], signal: AbortSignal): Promise<number>
  /** Errors: `image_invalid` with what is wrong; `image_in_use`. */
  check(path: string, format: ImageFormat): Promise<void>
  /** Gives an image that nobody has open a larger virtual size. Errors: `disk_full`, `image_in_use`, `image_invalid`. */
  grow(layer: Layer, sizeBytes: number): Promise<void>
  /** Makes the header name another parent with the same content; nothing else is written. */
  renameParent(layer: Pick<Layer, 'file' | 'format'>, parent: Pick<Layer, 'file' | 'format'>): Promise<void>
}
