import type { CheckpointView } from '../../../contract/checkpoint.ts'
import type { DiscardedView } from '../../../contract/discarded.ts'
import { sizeOf } from '../../checkpoints/words.ts'
import { bytes } from '../../ui/format.ts'
import { capitalized } from '../../ui/words.ts'
import type { Fact } from './facts.tsx'

/** A checkpoint that goes, as a line of a list. */
export interface Going {
  readonly checkpoint: CheckpointView
  readonly depth: number
  /** Now hangs under it, at whatever distance. */
  readonly leadsToNow: boolean
}

/** A checkpoint and all below it, as they stand in the tree. */
export function subtreeOf(checkpoints: readonly CheckpointView[], id: string): Going[] {
  const byParent = Map.groupBy(checkpoints, ({ parentId }) => parentId)
  const byId = new Map(checkpoints.map((each) => [each.id, each]))
  const toNow = new Set<string>()
  let above = checkpoints.find(({ isNowParent }) => isNowParent)
  while (above && !toNow.has(above.id)) {
    toNow.add(above.id)
    above = above.parentId === null ? undefined : byId.get(above.parentId)
  }
  const root = byId.get(id)
  const found: Going[] = []
  const left = root ? [{ checkpoint: root, depth: 0 }] : []
  for (let next = left.pop(); next; next = left.pop()) {
    const { checkpoint, depth } = next
    found.push({ checkpoint, depth, leadsToNow: toNow.has(checkpoint.id) })
    const children = byParent.get(checkpoint.id) ?? []
    left.push(...children.toReversed().map((child) => ({ checkpoint: child, depth: depth + 1 })))
  }
  return found
}

/** Of all of them; null when one is not known. */
function totalOf(checkpoints: readonly CheckpointView[]): number | null {
  return checkpoints.map(sizeOf).reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0)
}

/** What deleting one checkpoint does to its data, and to what hangs under it. */
export function deleteFacts(
  checkpoints: readonly CheckpointView[],
  id: string,
  discarded: readonly Pick<DiscardedView, 'parentId'>[],
): Fact[] {
  const checkpoint = checkpoints.find((each) => each.id === id)
  if (!checkpoint) return [{ label: 'Gone', text: 'It was deleted meanwhile.' }]
  const { isNowParent, memoryBytes, parentId } = checkpoint
  const states = discarded.filter((each) => each.parentId === id).length
  const children = checkpoints.filter((each) => each.parentId === id)
  const below = [
    ...children.map(({ name }) => `“${name}”`),
    ...(isNowParent ? ['Now'] : []),
    ...Array.from({ length: states }, () => 'a discarded state'),
  ]
  const parent = checkpoints.find((each) => each.id === parentId)
  return [
    { label: 'Its disks', text: diskText(checkpoint, below) },
    ...(memoryBytes === null
      ? []
      : [
          {
            label: 'Its memory',
            text: `Removed, up to ${bytes(memoryBytes)}; what other checkpoints refer to stays.`,
          },
        ]),
    ...(below.length === 0
      ? []
      : [
          {
            label: 'The tree',
            text: `${capitalized(listOf(below))} then ${below.length === 1 ? 'hangs' : 'hang'} under ${parent ? `“${parent.name}”` : 'nothing'}.${isNowParent && !parent ? nothingToRevertTo : ''}`,
          },
        ]),
    ...groupFacts([checkpoint]),
  ]
}

/** The same for a subtree. */
export function subtreeFacts(checkpoints: readonly CheckpointView[], going: readonly Going[]): Fact[] {
  const [root] = going
  if (!root) return [{ label: 'Gone', text: 'It was deleted meanwhile.' }]
  const all = going.map(({ checkpoint }) => checkpoint)
  const parent = checkpoints.find(({ id }) => id === root.checkpoint.parentId)
  const space = `Up to ${bytes(totalOf(all))} will be freed.`
  return [
    {
      label: 'Space',
      text: root.leadsToNow ? `${space} What Now needs is merged in the background.` : space,
    },
    ...(root.leadsToNow
      ? [
          {
            label: 'Now',
            text: parent
              ? `Is not touched, and then hangs under “${parent.name}”.`
              : `Is not touched, and then hangs under nothing.${nothingToRevertTo}`,
          },
        ]
      : []),
    ...groupFacts(all),
  ]
}

const nothingToRevertTo = ' There is nothing to revert to any more.'

/** Sets of a group that are incomplete without these. */
function groupFacts(checkpoints: readonly CheckpointView[]): Fact[] {
  const names = new Set(checkpoints.flatMap(({ group }) => group?.groupName ?? []))
  if (names.size === 0) return []
  const groups = [...names].map((name) => `“${name}”`).join(', ')
  return [
    {
      label: 'Group',
      text: `Part of a checkpoint of ${names.size === 1 ? 'the group' : 'the groups'} ${groups}, which can no longer be applied as a whole.`,
      isWarning: true,
    },
  ]
}

function diskText({ diskBytes }: CheckpointView, below: readonly string[]): string {
  if (below.length === 0) return `Dropped: nothing hangs under it. Up to ${bytes(diskBytes)} will be freed.`
  const needing = listOf(below)
  return below.length === 1
    ? `Merged in the background with those of ${needing}, which needs them. The VM can run meanwhile.`
    : `Kept as an internal layer, which ${needing} share (${bytes(diskBytes)}). It is merged once only one of them is left.`
}

/** `a, b and c`; of many, the first ones. */
function listOf(words: readonly string[]): string {
  const most = 4
  const shown = words.length > most ? [...words.slice(0, most - 1), `${words.length - most + 1} more`] : words
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}
