import { z } from 'zod'
import type { GroupId, VmId } from '../core/ids.ts'
import { sameName } from '../vm/name.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { VmDocument } from './document.ts'

/** VMs of which checkpoints are taken at one instant. Replaced as a whole, never changed in place. */
export interface Group {
  readonly id: GroupId
  /** Unique among groups, without regard to case. */
  readonly name: string
  /** Grows with each change. */
  readonly revision: number
  readonly createdAt: string
  /** Each once, in the order in which they go on after an apply. */
  readonly members: readonly VmId[]
}

export const groupSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string(),
  revision: z.int().min(1),
  createdAt: z.string(),
  members: z.array(z.string()),
})

/** The groups of a home folder, durably; calls are synchronous. */
export interface GroupStore {
  all(): Group[]
  /** Inserts or replaces. */
  put(group: Group): void
  remove(id: GroupId): void
  /** In one transaction. */
  replaceAll(groups: readonly Group[]): void
}

export interface GroupSet {
  readonly setId: string
  /** Of the checkpoints, unless they were renamed one by one: that of the first of them. */
  readonly name: string
  readonly notes: string
  /** The instant, as ISO 8601 in UTC. */
  readonly createdAt: string
  /** In the order of the group. */
  readonly checkpoints: readonly { readonly document: VmDocument; readonly checkpoint: Checkpoint }[]
  /** VMs of the group that have none of this instant: it was deleted, or they joined later. */
  readonly missing: readonly VmDocument[]
}

/** What the VMs of a group, as it is now, hold of instants that they share. Oldest first. */
export function setsOf(group: Group, members: readonly VmDocument[]): GroupSet[] {
  const setIds = new Set(
    members.flatMap(({ checkpoints }) =>
      checkpoints.flatMap((each) => (each.group?.groupId === group.id ? [each.group.setId] : [])),
    ),
  )
  const sets = [...setIds].flatMap((setId): GroupSet[] => {
    const checkpoints = members.flatMap((document) =>
      document.checkpoints
        .filter((checkpoint) => checkpoint.group?.setId === setId)
        .map((checkpoint) => ({ document, checkpoint })),
    )
    const first = checkpoints[0]?.checkpoint
    if (!first) return []
    const { name, notes, createdAt } = first
    const holders = new Set(checkpoints.map(({ document }) => document.id))
    return [
      { setId, name, notes, createdAt, checkpoints, missing: members.filter(({ id }) => !holders.has(id)) },
    ]
  })
  return sets.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
}

/** By id, or by name without regard to case. */
export function setsNamed(sets: readonly GroupSet[], nameOrId: string): GroupSet[] {
  const byId = sets.filter(({ setId }) => setId === nameOrId)
  return byId.length > 0 ? byId : sets.filter(({ name }) => sameName(name, nameOrId.trim()))
}
