import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { DiscardedView } from '../../contract/discarded.ts'
import { nowId } from '../app/main-search.ts'

/** What has a row of its own in a checkpoint tree. */
export type TreeItem = { readonly id: string; readonly parentId: string | null } & (
  | { readonly kind: 'checkpoint'; readonly checkpoint: CheckpointView }
  | { readonly kind: 'discarded'; readonly discarded: DiscardedView }
  | { readonly kind: 'internal'; readonly internal: InternalState }
  | { readonly kind: 'pending'; readonly status: string }
  | { readonly kind: 'now' }
)

/** What was a checkpoint once: layers without a name on which other states stand. */
export interface InternalState {
  /** How many layers, of all disks. */
  readonly layers: number
  readonly disks: number
  readonly sizeBytes: number | null
  /** One state alone stands on it: it goes with the next merge. */
  readonly waitsForMerge: boolean
}

const pendingId = 'pending'

export interface TreeSource {
  readonly checkpoints: readonly CheckpointView[]
  readonly discarded: readonly DiscardedView[]
  /** What the VM is doing: `Creating Checkpoint (9%)`. */
  readonly status: string | null
}

/** Rows of a tree in the order of siblings: oldest first, Now last. A checkpoint in the making stands where it will be. */
export function treeItems({ checkpoints, discarded, status }: TreeSource): TreeItem[] {
  const nowParentId = checkpoints.find(({ isNowParent }) => isNowParent)?.id ?? null
  const dated = [
    ...checkpoints.map((checkpoint) => ({
      at: checkpoint.createdAt,
      item: {
        kind: 'checkpoint',
        id: checkpoint.id,
        parentId: checkpoint.parentId,
        checkpoint,
      } satisfies TreeItem,
    })),
    ...discarded.map((state) => ({
      at: state.discardedAt,
      item: {
        kind: 'discarded',
        id: state.id,
        parentId: state.parentId,
        discarded: state,
      } satisfies TreeItem,
    })),
  ]
  const items: TreeItem[] = dated.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).map(({ item }) => item)
  const isPending = status?.startsWith('Creating Checkpoint') === true
  if (isPending) items.push({ kind: 'pending', id: pendingId, parentId: nowParentId, status })
  items.push({ kind: 'now', id: nowId, parentId: isPending ? pendingId : nowParentId })
  return items
}

/** What a row is called, in words alone. */
export function nameOf(item: TreeItem): string {
  switch (item.kind) {
    case 'checkpoint':
      return item.checkpoint.name
    case 'discarded':
      return item.discarded.name
    case 'internal':
      return item.internal.layers === 1 ? 'Internal layer' : `${item.internal.layers} internal layers`
    case 'pending':
      return item.status
    case 'now':
      return 'Now'
  }
}
