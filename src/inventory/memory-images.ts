import { dirname, join } from 'node:path'
import type { Consistency, MemoryImage } from './checkpoint.ts'
import type { VmDocument } from './document.ts'
import { statesOf } from './references.ts'

/** The files that an image is read from: its own, and those that hold pages of it. */
export function filesOfImage({ file, sources }: Pick<MemoryImage, 'file' | 'sources'>): string[] {
  return [file, ...sources.map((source) => join(dirname(file), source))]
}

/** Images that somebody may ask pages of: those of checkpoints and discarded states, and the one that a guest is being loaded from. */
export function imagesInUse(document: VmDocument): Pick<MemoryImage, 'file' | 'sources'>[] {
  const { loading = null } = document.instance ?? {}
  const named = statesOf(document).flatMap(({ memory }) => memory ?? [])
  return loading ? [...named, loading] : named
}

/** Image files that are needed, with or without a checkpoint of their own. */
export function neededImageFiles(document: VmDocument): Set<string> {
  return new Set(imagesInUse(document).flatMap(filesOfImage))
}

/** The document of a VM whose process has ended: a memory image that it was being loaded from may be needless now. */
export function withoutInstance(document: VmDocument, offConsistency: Consistency): VmDocument {
  return withoutNeedlessImages({ ...document, instance: null, offConsistency })
}

/**
 * The document in which images that nobody needs any more became garbage. One that others refer to is kept
 * as it is, however many they are: nothing is copied.
 */
export function withoutNeedlessImages(document: VmDocument): VmDocument {
  const needed = neededImageFiles(document)
  return {
    ...document,
    keptImages: document.keptImages.filter((file) => needed.has(file)),
    garbage: [...document.garbage, ...document.keptImages.filter((file) => !needed.has(file))],
  }
}
