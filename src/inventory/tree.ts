import { StillpointError } from '../core/error.ts'
import type { CheckpointId } from '../core/ids.ts'
import { sameName } from '../vm/name.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { VmDocument } from './document.ts'
import { withoutNeedlessImages } from './memory-images.ts'

/**
 * The checkpoint with this id or, without regard to case, this name.
 * Errors: `checkpoint_not_found`; `name_ambiguous` when several have the name.
 */
export function findCheckpoint(document: VmDocument, nameOrId: string): Checkpoint {
  const byId = document.checkpoints.find((checkpoint) => checkpoint.id === nameOrId)
  if (byId) return byId
  const named = document.checkpoints.filter((checkpoint) => sameName(checkpoint.name, nameOrId.trim()))
  const [first] = named
  if (first && named.length === 1) return first
  if (first) {
    const ids = named.map((checkpoint) => `${checkpoint.id} (${checkpoint.createdAt})`).join(', ')
    throw new StillpointError(
      'name_ambiguous',
      `VM "${document.name}" has ${named.length} checkpoints named "${nameOrId}"; use an id: ${ids}.`,
    )
  }
  const names = document.checkpoints.slice(-5).map((checkpoint) => `"${checkpoint.name}"`)
  throw new StillpointError(
    'checkpoint_not_found',
    `VM "${document.name}" has no checkpoint "${nameOrId}"${names.length > 0 ? `; its latest are ${names.join(', ')}` : ', nor any other'}.`,
  )
}

/** `checkpointId` and everything below it, parents before children. */
export function subtreeOf(document: VmDocument, checkpointId: CheckpointId): Checkpoint[] {
  const byParent = Map.groupBy(document.checkpoints, (checkpoint) => checkpoint.parentId)
  const found = document.checkpoints.filter((checkpoint) => checkpoint.id === checkpointId)
  for (const checkpoint of found) found.push(...(byParent.get(checkpoint.id) ?? []))
  return found
}

/**
 * The document without these checkpoints: their children and Now move up to the nearest ancestor that
 * is left; their memory images stay while others refer to them, their layers while something stands on them.
 */
export function withoutCheckpoints(document: VmDocument, removed: readonly Checkpoint[]): VmDocument {
  const gone = new Map(removed.map((checkpoint) => [checkpoint.id, checkpoint]))
  const nearestLeft = (id: CheckpointId | null): CheckpointId | null => {
    let parentId = id
    for (
      let checkpoint = parentId && gone.get(parentId);
      checkpoint;
      checkpoint = parentId && gone.get(parentId)
    ) {
      parentId = checkpoint.parentId
    }
    return parentId
  }
  return withoutNeedlessImages({
    ...document,
    nowParentId: nearestLeft(document.nowParentId),
    checkpoints: document.checkpoints
      .filter((checkpoint) => !gone.has(checkpoint.id))
      .map((checkpoint) => ({ ...checkpoint, parentId: nearestLeft(checkpoint.parentId) })),
    discarded: document.discarded.map((each) => ({
      ...each,
      state: { ...each.state, parentId: nearestLeft(each.state.parentId) },
    })),
    garbage: [...document.garbage, ...removed.flatMap(({ tpmState }) => tpmState ?? [])],
    keptImages: [...document.keptImages, ...removed.flatMap((checkpoint) => checkpoint.memory?.file ?? [])],
  })
}
