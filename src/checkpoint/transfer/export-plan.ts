import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { allocatedBytes } from '../../core/durable-file.ts'
import type { LayerId } from '../../core/ids.ts'
import { MIB } from '../../core/units.ts'
import { chainOf } from '../../disk/chain.ts'
import type { ImageTool } from '../../disk/image-port.ts'
import type { ImageFormat, Layer } from '../../disk/layer.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { filesOfImage } from '../../inventory/memory-images.ts'
import type { Needs } from '../../machine/leases.ts'
import type { ExportedLayer } from './manifest.ts'

export interface ExportChoices {
  readonly layout: 'flattened' | 'chained'
  readonly memory: boolean
}

/** A file of the export, and how it is made. */
export interface PlannedFile {
  /** In the folder of the export, as `disks/disk0.qcow2`. */
  readonly file: string
  /** For people: `disk0`, `memory`. */
  readonly what: string
  /** An upper limit of what will be written. */
  readonly estimateBytes: number
  /** Tells whether a file that an earlier attempt finished was made of the same. */
  readonly source: string
  readonly make:
    | { readonly how: 'flatten'; readonly chain: readonly Layer[] }
    | { readonly how: 'pack'; readonly from: string }
    | {
        readonly how: 'copy'
        readonly from: string
        readonly sizeBytes: number
        /** What the header of the copy is to name, in the same folder. */
        readonly parent: { readonly layer: Layer; readonly name: string } | null
      }
}

export interface ExportPlan {
  readonly files: readonly PlannedFile[]
  readonly disks: readonly { readonly id: string; readonly layers: readonly ExportedLayer[] }[]
  readonly memory: { readonly file: string; readonly sources: readonly string[] } | null
  readonly tpmState: string | null
}

/** All that an export reads of a VM. */
export function needsOf(document: VmDocument, checkpoint: Checkpoint, { memory }: ExportChoices): Needs {
  const chains = Object.values<LayerId>(checkpoint.disks).map((topId) => chainOf(document.layers, topId))
  const images = memory && checkpoint.memory ? filesOfImage(checkpoint.memory) : []
  const tpmState = checkpoint.tpmState === null ? [] : [checkpoint.tpmState]
  return {
    layers: new Set(chains.flat().map(({ id }) => id)),
    files: new Set([...images, ...tpmState]),
  }
}

/** Which files an export has. What they are made of must be leased, so that it stays as it is. */
export async function planExport(
  images: ImageTool,
  document: VmDocument,
  checkpoint: Checkpoint,
  choices: ExportChoices,
  signal: AbortSignal,
): Promise<ExportPlan> {
  const files: PlannedFile[] = []
  const disks: ExportPlan['disks'][number][] = []
  for (const { id } of checkpoint.hardware.disks) {
    const topId = checkpoint.disks[id]
    if (topId === undefined) continue // an invariant of the document
    const chain = chainOf(document.layers, topId)
    const planned =
      choices.layout === 'flattened'
        ? [await flattened(images, id, checkpoint, chain, signal)]
        : await chained(id, chain)
    files.push(...planned.map(({ planned: each }) => each))
    disks.push({ id, layers: planned.map(({ exported }) => exported) })
  }
  const memory = choices.memory ? await planMemory(checkpoint, choices) : null
  files.push(...(memory?.files ?? []))
  const tpmState = checkpoint.tpmState === null ? null : 'tpm/state'
  if (checkpoint.tpmState !== null && tpmState)
    files.push(await copyOf(checkpoint.tpmState, tpmState, 'vTPM'))
  const { boot } = checkpoint.hardware
  if (boot) files.push(await copyOf(boot.kernel, 'boot/kernel', 'kernel'))
  if (boot?.initrd) files.push(await copyOf(boot.initrd, 'boot/initrd', 'initial RAM disk'))
  return { files, disks, memory, tpmState }
}

async function flattened(
  images: ImageTool,
  diskId: string,
  checkpoint: Checkpoint,
  chain: readonly Layer[],
  signal: AbortSignal,
) {
  const file = `disks/${diskId}.qcow2`
  const planned: PlannedFile = {
    file,
    what: diskId,
    estimateBytes: await images.flattenedBytes(chain, signal),
    source: `${diskId} of checkpoint ${checkpoint.id}`,
    make: { how: 'flatten', chain },
  }
  return { planned, exported: exportedLayer(file, 'qcow2', chain.at(-1)?.virtualSizeBytes ?? 0) }
}

function chained(diskId: string, chain: readonly Layer[]) {
  const fileOf = (index: number, { format }: Layer) => `disks/${diskId}-${index}.${format}`
  return Promise.all(
    chain.map(async (layer, index) => {
      const file = fileOf(index, layer)
      const below = chain[index - 1]
      const parent = below ? { layer: below, name: basename(fileOf(index - 1, below)) } : null
      const planned = await copyOf(layer.file, file, `${diskId}, layer ${index}`, parent)
      return { planned, exported: exportedLayer(file, layer.format, layer.virtualSizeBytes) }
    }),
  )
}

const exportedLayer = (file: string, format: ImageFormat, virtualSizeBytes: number): ExportedLayer => ({
  ...{ file, format, virtualSizeBytes },
})

/** An image that refers to no other is copied as it is, whatever the layout. */
async function planMemory({ memory, hardware }: Checkpoint, { layout }: ExportChoices) {
  if (!memory) return null
  const nameOf = (from: string) => `memory/${basename(from)}`
  const file = nameOf(memory.file)
  if (layout === 'chained' || memory.sources.length === 0) {
    const sources = memory.sources.map((source) => join(dirname(memory.file), source))
    const copies = [memory.file, ...sources].map((from) => copyOf(from, nameOf(from), 'memory'))
    return { file, sources: sources.map(nameOf), files: await Promise.all(copies) }
  }
  const sizes = await Promise.all(filesOfImage(memory).map(allocatedBytes))
  const most = hardware.memoryMiB * MIB * 1.05 + 256 * MIB
  const packed: PlannedFile = {
    file,
    what: 'memory',
    estimateBytes: Math.min(
      most,
      sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    ),
    source: `memory ${memory.sha256}`,
    make: { how: 'pack', from: memory.file },
  }
  return { file, sources: [], files: [packed] }
}

/** A sealed layer or image does not change; a merge, and space that is given back, do so in a way that shows here. */
async function copyOf(
  path: string,
  file: string,
  what: string,
  parent: { layer: Layer; name: string } | null = null,
): Promise<PlannedFile> {
  const from = await realpath(path) // what the user named himself, a kernel or a disk in place, may be a link
  const { dev, ino, size, blocks, mtimeMs } = await stat(from)
  return {
    ...{ file, what },
    estimateBytes: Math.min(size, blocks * 512), // holes stay holes
    source: `${dev} ${ino} ${size} ${mtimeMs} on ${parent?.name ?? 'nothing'}`,
    make: { how: 'copy', from, sizeBytes: size, parent },
  }
}
