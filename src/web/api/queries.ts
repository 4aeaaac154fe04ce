import { queryOptions } from '@tanstack/react-query'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { DiscardedView } from '../../contract/discarded.ts'
import type { GuardsView } from '../../contract/guard.ts'
import type { LayerView } from '../../contract/layer.ts'
import type { ReportView, StorageHistory, StorageView } from '../../contract/storage.ts'
import type { Health } from '../../contract/system.ts'
import type { TaskView } from '../../contract/task.ts'
import type { VmRow, VmView } from '../../contract/vm.ts'
import { part, request } from './http.ts'

/** What the daemon is asked. The first word of a key says what an event makes stale: see live.ts. */
export const queries = {
  health: queryOptions({
    queryKey: ['health'],
    queryFn: ({ signal }) => request<Health>('/health', { signal }),
  }),

  /** All VMs, in the order of their names. */
  vmRows: queryOptions({
    queryKey: ['vm-rows'],
    queryFn: ({ signal }) => request<VmRow[]>('/vm-rows', { signal }),
  }),

  vm: (vmId: string) =>
    queryOptions({
      queryKey: ['vm', vmId],
      queryFn: ({ signal }) => request<VmView>(`/vms/${part(vmId)}`, { signal }),
    }),

  checkpoints: (vmId: string) =>
    queryOptions({
      queryKey: ['vm', vmId, 'checkpoints'],
      queryFn: ({ signal }) => request<CheckpointView[]>(`/vms/${part(vmId)}/checkpoints`, { signal }),
    }),

  discarded: (vmId: string) =>
    queryOptions({
      queryKey: ['vm', vmId, 'discarded'],
      queryFn: ({ signal }) => request<DiscardedView[]>(`/vms/${part(vmId)}/discarded`, { signal }),
    }),

  /** The image files of its disks. */
  layers: (vmId: string) =>
    queryOptions({
      queryKey: ['vm', vmId, 'layers'],
      queryFn: ({ signal }) => request<LayerView[]>(`/vms/${part(vmId)}/layers`, { signal }),
    }),

  /** Asks the guest; not read again with each event. */
  guards: (vmId: string) =>
    queryOptions({
      queryKey: ['guards', vmId],
      queryFn: ({ signal }) => request<GuardsView>(`/vms/${part(vmId)}/guards`, { signal }),
    }),

  /** The newest tasks of the host, newest first. */
  tasks: queryOptions({
    queryKey: ['tasks'],
    queryFn: ({ signal }) => request<TaskView[]>('/tasks?limit=100', { signal }),
  }),

  /** What was done with a VM, newest first. */
  history: (vmId: string) =>
    queryOptions({
      queryKey: ['history', vmId],
      queryFn: ({ signal }) => request<TaskView[]>(`/tasks?vm=${part(vmId)}&limit=200`, { signal }),
    }),

  storage: queryOptions({
    queryKey: ['storage'],
    queryFn: ({ signal }) => request<StorageView>('/storage', { signal }),
  }),

  /** What was used of each volume in the last `days`. */
  storageHistory: (days: number) =>
    queryOptions({
      queryKey: ['storage', 'history', days],
      queryFn: ({ signal }) => request<StorageHistory>(`/storage/history?days=${days}`, { signal }),
    }),

  report: (olderThanDays: number, moreThan: number) =>
    queryOptions({
      queryKey: ['storage', 'report', olderThanDays, moreThan],
      queryFn: ({ signal }) =>
        request<ReportView>(`/report?olderThanDays=${olderThanDays}&moreThan=${moreThan}`, { signal }),
    }),
}
