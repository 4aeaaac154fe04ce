import type { VmRow } from '../../contract/vm.ts'
import { byName } from '../api/rows.ts'

export type SortKey = 'name' | 'state' | 'cpu' | 'memory' | 'uptime'

export interface Sort {
  readonly key: SortKey
  readonly isDescending: boolean
}

export const nameSort: Sort = { key: 'name', isDescending: false }

/** What needs somebody comes first. */
const stateOrder: Readonly<Record<VmRow['state'], number>> = {
  broken: 0,
  stuck: 1,
  running: 2,
  paused: 3,
  off: 4,
}

/** Largest first where one looks for the largest. */
export function sortAfterClick(sort: Sort, key: SortKey): Sort {
  if (sort.key === key) return { key, isDescending: !sort.isDescending }
  return { key, isDescending: key !== 'name' && key !== 'state' }
}

/** A new list; VMs that have no such value, as uptime while off, are last in both directions; equal ones by name. */
export function sorted(
  rows: readonly VmRow[],
  { key, isDescending }: Sort,
  cpuOf: (vmId: string) => number | null,
): readonly VmRow[] {
  const sign = isDescending ? -1 : 1
  if (key === 'name') return rows.toSorted((a, b) => sign * byName(a.name, b.name))
  const valued = rows.map((row) => ({ row, value: sortValue(row, key, cpuOf) }))
  valued.sort((a, b) => {
    if (a.value === null || b.value === null)
      return Number(a.value === null) - Number(b.value === null) || byName(a.row.name, b.row.name)
    return sign * (a.value - b.value) || byName(a.row.name, b.row.name)
  })
  return valued.map(({ row }) => row)
}

function sortValue(row: VmRow, key: Exclude<SortKey, 'name'>, cpuOf: (vmId: string) => number | null) {
  switch (key) {
    case 'state':
      return stateOrder[row.state]
    case 'cpu':
      return row.state === 'running' ? cpuOf(row.id) : null
    case 'memory':
      return row.memoryMiB
    case 'uptime':
      return row.startedAt === null ? null : -new Date(row.startedAt).getTime()
  }
}
