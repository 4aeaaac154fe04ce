import type { LayerView } from '../../contract/layer.ts'
import type { InternalState, TreeItem } from './tree-item.ts'

/** Internal layers on which the same states stand: what was one checkpoint once, on all of its disks. */
interface Shared {
  readonly id: string
  readonly users: ReadonlySet<string>
  readonly layers: LayerView[]
}

/**
 * The tree with its internal layers, each where the checkpoint was that is gone.
 *
 *   A ──┬── C             1. From the layers of each state downwards to the next one that has a name: what lies
 *       └── D                between it and its parent. Here L, below C and below D.
 *   becomes               2. Layers with the same states above them are one row.
 *   A ── (L) ──┬── C      3. A row hangs under the smallest one that holds all of its states and more; a state
 *              └── D         under the smallest one that holds it.
 */
export function withInternalLayers(
  items: readonly TreeItem[],
  layers: readonly LayerView[],
): readonly TreeItem[] {
  const shared = sharedLayers(items, layers)
  if (shared.length === 0) return items
  const smallest = (holds: (each: Shared) => boolean) =>
    shared.reduce<Shared | null>(
      (found, each) => (holds(each) && (!found || each.users.size < found.users.size) ? each : found),
      null,
    )
  const rowsBefore = new Map<string, TreeItem[]>()
  for (const each of shared) {
    // Before the last state that stands on it: Now stays the last of all.
    const last = items.findLast(({ id }) => each.users.has(id))
    if (!last) continue
    const lower = smallest(
      (other) => other.users.size > each.users.size && [...each.users].every((id) => other.users.has(id)),
    )
    const row: TreeItem = {
      kind: 'internal',
      id: each.id,
      parentId: lower?.id ?? last.parentId,
      internal: summaryOf(each),
    }
    rowsBefore.set(last.id, [...(rowsBefore.get(last.id) ?? []), row])
  }
  return items.flatMap((item) => {
    const below = smallest(({ users }) => users.has(item.id))
    return [...(rowsBefore.get(item.id) ?? []), below ? { ...item, parentId: below.id } : item]
  })
}

function sharedLayers(items: readonly TreeItem[], layers: readonly LayerView[]): Shared[] {
  const byId = new Map(layers.map((layer) => [layer.id, layer]))
  const shown = new Set(items.map(({ id }) => id))
  // What is being created stands where Now's layers do.
  const present = items.find(({ kind }) => kind === 'pending') ?? items.find(({ kind }) => kind === 'now')
  const usersOf = new Map<LayerView, Set<string>>()
  for (const top of layers) {
    const users = top.states.map(({ id }) => id).filter((id) => shown.has(id))
    if (top.isActive && present) users.push(present.id)
    if (users.length === 0) continue
    const passed = new Set<string>() // a loop would be damage, which is for the daemon to tell
    let at = top.parentId === null ? undefined : byId.get(top.parentId)
    while (at && isInternal(at) && !passed.has(at.id)) {
      passed.add(at.id)
      const known = usersOf.get(at) ?? new Set()
      for (const user of users) known.add(user)
      usersOf.set(at, known)
      at = at.parentId === null ? undefined : byId.get(at.parentId)
    }
  }
  const byUsers = Map.groupBy(usersOf, ([, users]) => [...users].sort().join(' '))
  return [...byUsers].map(([key, found]) => ({
    id: `internal:${key}`,
    users: found[0]?.[1] ?? new Set(),
    layers: found.map(([layer]) => layer),
  }))
}

function isInternal({ isActive, states }: LayerView): boolean {
  return !isActive && states.length === 0
}

function summaryOf({ layers, users }: Shared): InternalState {
  const sizes = layers.map(({ sizeBytes }) => sizeBytes)
  return {
    layers: layers.length,
    disks: new Set(layers.map(({ diskId }) => diskId)).size,
    sizeBytes: sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0),
    waitsForMerge: users.size === 1,
  }
}
