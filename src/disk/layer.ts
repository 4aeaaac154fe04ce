import type { DiskId, LayerId } from '../core/ids.ts'

export type ImageFormat = 'qcow2' | 'raw'

/** One image file of a backing chain. Sealed (never written, but by a merge) unless it is active. */
export interface Layer {
  readonly id: LayerId
  readonly diskId: DiskId
  /** Absolute path. */
  readonly file: string
  readonly format: ImageFormat
  /** The layer that this one holds the differences to; null for a base. */
  readonly parentId: LayerId | null
  readonly virtualSizeBytes: number
  /** The user's own image, used in place: it may be written, it is never unlinked. */
  readonly linked: boolean
}

export type LayerMap = Readonly<Record<LayerId, Layer>>
/** Which layer a disk's state is read from. */
export type DiskView = Readonly<Record<DiskId, LayerId>>
