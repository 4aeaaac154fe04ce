import type { SortKey } from './sort.ts'

export interface Column {
  readonly id: 'name' | 'state' | 'cpu' | 'memory' | 'uptime' | 'status' | 'checkpoints' | 'tags'
  readonly label: string
  readonly sortKey?: SortKey
  readonly isNumber?: boolean
}

/** In the order of Hyper-V's list; what is narrowest to miss goes first when the list is narrow (vm-grid.module.css). */
export const columns: readonly Column[] = [
  { id: 'name', label: 'Name', sortKey: 'name' },
  { id: 'state', label: 'State', sortKey: 'state' },
  { id: 'cpu', label: 'CPU usage', sortKey: 'cpu', isNumber: true },
  { id: 'memory', label: 'Assigned memory', sortKey: 'memory', isNumber: true },
  { id: 'uptime', label: 'Uptime', sortKey: 'uptime', isNumber: true },
  { id: 'status', label: 'Status' },
  { id: 'checkpoints', label: 'Checkpoints', isNumber: true },
  { id: 'tags', label: 'Tags' },
]
