import type { CheckpointView } from '../../../contract/checkpoint.ts'
import { bytes } from '../../ui/format.ts'
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

/** Of disks and memory; null when one is not known. */
export function sizeOf(checkpoints: readonly CheckpointView[]): number | null {
  return checkpoints.reduce<number | null>(
    (sum, { diskBytes, memoryBytes }) =>
      sum === null || diskBytes === null ? null : sum + diskBytes + (memoryBytes ?? 0),
    0,
  )
}

/** What deleting one checkpoint does to its data and to what hangs under it. `discarded`: states that do. */
export function deleteFacts(
  checkpoints: readonly CheckpointView[],
  checkpoint: CheckpointView,
  discarded: number,
): Fact[] {
  const children = checkpoints.filter(({ parentId }) => parentId === checkpoint.id)
  const below = [
    ...children.map(({ name }) => `“${name}”`),
    ...(checkpoint.isNowParent ? ['Now'] : []),
    ...(discarded > 0 ? [discarded === 1 ? 'a discarded state' : `${discarded} discarded states`] : []),
  ]
  const parent = checkpoints.find(({ id }) => id === checkpoint.parentId)
  return [
    { label: 'Its disks', text: diskText(checkpoint, below, children.length, discarded) },
    ...(checkpoint.memoryBytes === null
      ? []
      : [
          {
            label: 'Its memory',
            text: `Removed, up to ${bytes(checkpoint.memoryBytes)}; what other checkpoints refer to stays.`,
          },
        ]),
    ...(below.length === 0
      ? []
      : [
          {
            label: 'The tree',
            text: `${list(below)} then ${below.length + Math.max(0, discarded - 1) === 1 ? 'hangs' : 'hang'} under ${parent ? `“${parent.name}”` : 'nothing'}.${checkpoint.isNowParent && !parent ? ' There is nothing to revert to any more.' : ''}`,
          },
        ]),
    ...groupFacts([checkpoint]),
  ]
}

/** Sets of a group that are incomplete without these. */
export function groupFacts(checkpoints: readonly CheckpointView[]): Fact[] {
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

function diskText(
  { diskBytes }: CheckpointView,
  below: readonly string[],
  children: number,
  discarded: number,
): string {
  const users = children + discarded + (below.includes('Now') ? 1 : 0)
  if (users === 0) return `Dropped: nothing hangs under it. Up to ${bytes(diskBytes)} come free.`
  if (users === 1)
    return `Merged in the background with those of ${list(below)}, which need them. The VM can run meanwhile.`
  return `Kept as an internal layer, ${bytes(diskBytes)}, which ${list(below)} share. It is merged once only one of them is left.`
}

/** `a, b and c`; of many, the first ones. */
function list(words: readonly string[]): string {
  const most = 4
  const shown = words.length > most ? [...words.slice(0, most - 1), `${words.length - most + 1} more`] : words
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}
