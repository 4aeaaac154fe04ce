import { allocatedBytes } from '../../core/durable-file.ts'
import type { Layer } from '../../disk/layer.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { neededImageFiles } from '../../inventory/memory-images.ts'

/** What a VM's files occupy. A file that cannot be looked at counts as nothing. */
export interface Usage {
  /** What the VM would have without any checkpoint: layers that stand on no other. */
  readonly baseBytes: number
  /** Differencing disks, the one that Now writes to among them. */
  readonly layerBytes: number
  /** Memory images: of checkpoints, of what an apply discarded, and those that are kept for others. */
  readonly memoryBytes: number
}

export async function usageOf(document: VmDocument): Promise<Usage> {
  const layers = Object.values<Layer>(document.layers)
  const [bases, differences] = [
    layers.filter(({ parentId }) => parentId === null),
    layers.filter(({ parentId }) => parentId !== null),
  ]
  const images = new Set([...neededImageFiles(document), ...document.keptImages])
  const [baseBytes, layerBytes, memoryBytes] = await Promise.all([
    sumOf(bases.map(({ file }) => file)),
    sumOf(differences.map(({ file }) => file)),
    sumOf([...images]),
  ])
  return { baseBytes, layerBytes, memoryBytes }
}

async function sumOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(allocatedBytes))
  return sizes.reduce<number>((total, size) => total + (size ?? 0), 0)
}
