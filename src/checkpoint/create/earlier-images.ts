import { basename } from 'node:path'
import { allocatedBytes } from '../../core/durable-file.ts'
import type { CheckpointId } from '../../core/ids.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { MemoryImage } from '../../memory/image/reader.ts'

/** Images without a checkpoint that are let live before the next image takes over what one of them holds. */
const mostKeptImages = 16

/**
 * What a new image can refer to: the nearest checkpoint with memory, from `parentId` up. So that images whose
 * checkpoints are long gone do not pile up, the one with the least left in it is not referred to again.
 */
export async function earlierImages(
  document: VmDocument,
  parentId: CheckpointId | null = document.nowParentId,
): Promise<{ parentFile: string | null; avoidImages: string[] }> {
  const parentFile = nearestWithMemory(document, parentId)?.memory?.file ?? null
  if (parentFile === null || document.keptImages.length < mostKeptImages)
    return { parentFile, avoidImages: [] }
  const sizes = await Promise.all(
    document.keptImages.map(async (file) => ({ file, bytes: (await allocatedBytes(file)) ?? 0 })),
  )
  const smallest = sizes.toSorted((a, b) => a.bytes - b.bytes)[0]
  const id = smallest && (await imageIdIn(parentFile, basename(smallest.file)))
  return { parentFile, avoidImages: id ? [id] : [] }
}

function nearestWithMemory(document: VmDocument, parentId: CheckpointId | null): Checkpoint | undefined {
  const byId = new Map(document.checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]))
  let id = parentId
  for (;;) {
    const checkpoint = id === null ? undefined : byId.get(id)
    if (!checkpoint || checkpoint.memory) return checkpoint
    id = checkpoint.parentId
  }
}

/** The id by which `parentFile` refers to the image in `fileName`; undefined when it does not, or cannot be read. */
async function imageIdIn(parentFile: string, fileName: string): Promise<string | undefined> {
  try {
    const image = await MemoryImage.open(parentFile)
    const { head } = await image.index().finally(() => image.close())
    return head.sources.find((source) => source.fileName === fileName)?.imageId
  } catch {
    return undefined // the new image will then hold everything itself
  }
}
