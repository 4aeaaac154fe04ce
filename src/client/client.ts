import { z } from 'zod'
import {
  type ApplyCheckpoint,
  type ChangeCheckpoint,
  type CheckpointView,
  checkpointViewSchema,
  type createCheckpointSchema,
} from '../contract/checkpoint.ts'
import { type DiscardedView, discardedViewSchema, type UndoApply } from '../contract/discarded.ts'
import { type Findings, findingsSchema, type repairSchema } from '../contract/doctor.ts'
import {
  type ApplyGroup,
  type CreateGroup,
  type createGroupCheckpointSchema,
  type GroupCheckpointView,
  type GroupView,
  groupCheckpointViewSchema,
  groupViewSchema,
  type UpdateGroup,
} from '../contract/group.ts'
import { type GuardsView, guardsViewSchema } from '../contract/guard.ts'
import { type GuestHooks, guestHooksSchema } from '../contract/hooks.ts'
import { type LayerView, layerViewSchema } from '../contract/layer.ts'
import {
  type ReportView,
  reportViewSchema,
  type StorageHistory,
  type StorageView,
  storageHistorySchema,
  storageViewSchema,
} from '../contract/storage.ts'
import { type Health, healthSchema, type RebuildResult, rebuildResultSchema } from '../contract/system.ts'
import { type TaskView, taskViewSchema } from '../contract/task.ts'
import type { exportCheckpointSchema, importVmSchema } from '../contract/transfer.ts'
import { type VmUsage, vmUsageSchema } from '../contract/usage.ts'
import {
  type createVmSchema,
  type newDiskSchema,
  type UpdateVm,
  type VmRow,
  type VmView,
  vmRowSchema,
  vmViewSchema,
} from '../contract/vm.ts'
import {
  type ChangeVmsResult,
  changeVmsResultSchema,
  type changeVmsSchema,
  type Selection,
  type VmSettings,
  vmSettingsSchema,
} from '../contract/vm-settings.ts'
import { StillpointError } from '../core/error.ts'
import type { StillpointEvent } from '../core/event-bus.ts'
import { createConnection, type Request, type Target } from './connection.ts'
import { parseEvents } from './event.ts'
import { errorOfResponse } from './problem.ts'
import { watchTask } from './watch-task.ts'

/**
 * The API, typed. `vm` and `checkpoint` are names or ids. Every call rejects with the daemon's own error,
 * or with `daemon_unreachable`; an answer that is not what the contract says is `internal`.
 */
export type Client = ReturnType<typeof createClient>

type Stop = { force?: boolean; timeoutSeconds?: number }
type ReportLimits = { olderThanDays: number; moreThan: number }
type ListTasks = { vm?: string | undefined; limit?: number | undefined }

export function createClient(target: Target) {
  const connection = createConnection(target)

  async function text(request: Request): Promise<string> {
    const response = await connection.send(request)
    const body = await response.text()
    if (response.status >= 400) throw errorOfResponse(response.status, body)
    return body
  }

  async function ask<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
    return parse(schema, await text(request), request)
  }

  const get = <T>(schema: z.ZodType<T>, path: string, signal?: AbortSignal) =>
    ask(schema, { method: 'GET', path, signal })
  const post = (path: string, body?: object) => ask(taskViewSchema, { method: 'POST', path, body })
  const remove = (path: string) => ask(taskViewSchema, { method: 'DELETE', path })

  const client = {
    health: (signal?: AbortSignal): Promise<Health> => get(healthSchema, '/health', signal),
    rebuildInventory: (): Promise<RebuildResult> =>
      ask(rebuildResultSchema, { method: 'POST', path: '/inventory/rebuild' }),

    listVms: (): Promise<VmView[]> => get(z.array(vmViewSchema), '/vms'),
    showVm: (vm: string): Promise<VmView> => get(vmViewSchema, vmPath(vm)),
    listVmRows: (): Promise<VmRow[]> => get(z.array(vmRowSchema), '/vm-rows'),
    showVmRow: (vm: string): Promise<VmRow> => get(vmRowSchema, `/vm-rows/${encodeURIComponent(vm)}`),
    /** Of those with these ids that run. */
    usage: (vmIds: readonly string[]): Promise<VmUsage[]> =>
      get(
        z.array(vmUsageSchema),
        `/usage?${new URLSearchParams(vmIds.map((vmId): [string, string] => ['vm', vmId]))}`,
      ),
    createVm: (request: z.input<typeof createVmSchema>): Promise<TaskView> => post('/vms', request),
    updateVm: (vm: string, request: UpdateVm): Promise<VmView> =>
      ask(vmViewSchema, { method: 'PATCH', path: vmPath(vm), body: request }),
    removeVm: (vm: string, { confirm }: { confirm: boolean }): Promise<TaskView> =>
      remove(`${vmPath(vm)}?confirm=${confirm}`),
    changeVms: (request: z.input<typeof changeVmsSchema>): Promise<ChangeVmsResult> =>
      ask(changeVmsResultSchema, { method: 'PATCH', path: '/vms', body: request }),
    showSettings: (select: Selection): Promise<VmSettings[]> =>
      ask(z.array(vmSettingsSchema), { method: 'POST', path: '/vms/settings', body: select }),
    showHooks: (vm: string): Promise<GuestHooks> => get(guestHooksSchema, `${vmPath(vm)}/hooks`),
    installHooks: (vm: string): Promise<TaskView> => post(`${vmPath(vm)}/hooks`),
    removeHooks: (vm: string): Promise<TaskView> => remove(`${vmPath(vm)}/hooks`),
    startVm: (vm: string): Promise<TaskView> => post(`${vmPath(vm)}/start`),
    stopVm: (vm: string, options: Stop = {}): Promise<TaskView> => post(`${vmPath(vm)}/stop`, options),
    pauseVm: (vm: string): Promise<TaskView> => post(`${vmPath(vm)}/pause`),
    resumeVm: (vm: string): Promise<TaskView> => post(`${vmPath(vm)}/resume`),

    addDisk: (vm: string, disk: z.input<typeof newDiskSchema>): Promise<TaskView> =>
      post(`${vmPath(vm)}/disks`, disk),
    removeDisk: (vm: string, disk: string, { confirm }: { confirm: boolean }): Promise<TaskView> =>
      remove(`${diskPath(vm, disk)}?confirm=${confirm}`),
    growDisk: (vm: string, disk: string, options: { sizeBytes: number }): Promise<TaskView> =>
      post(`${diskPath(vm, disk)}/grow`, options),
    showGuards: (vm: string): Promise<GuardsView> => get(guardsViewSchema, `${vmPath(vm)}/guards`),

    listCheckpoints: (vm: string): Promise<CheckpointView[]> =>
      get(z.array(checkpointViewSchema), `${vmPath(vm)}/checkpoints`),
    showCheckpoint: (vm: string, checkpoint: string): Promise<CheckpointView> =>
      get(checkpointViewSchema, checkpointPath(vm, checkpoint)),
    createCheckpoint: (vm: string, request: z.input<typeof createCheckpointSchema> = {}): Promise<TaskView> =>
      post(`${vmPath(vm)}/checkpoints`, request),
    updateCheckpoint: (vm: string, checkpoint: string, change: ChangeCheckpoint): Promise<CheckpointView> =>
      ask(checkpointViewSchema, { method: 'PATCH', path: checkpointPath(vm, checkpoint), body: change }),
    applyCheckpoint: (vm: string, checkpoint: string, options: Partial<ApplyCheckpoint>): Promise<TaskView> =>
      post(`${checkpointPath(vm, checkpoint)}/apply`, options),
    revertVm: (vm: string, options: Partial<ApplyCheckpoint>): Promise<TaskView> =>
      post(`${vmPath(vm)}/revert`, options),
    listLayers: (vm: string): Promise<LayerView[]> => get(z.array(layerViewSchema), `${vmPath(vm)}/layers`),
    listDiscarded: (vm: string): Promise<DiscardedView[]> =>
      get(z.array(discardedViewSchema), `${vmPath(vm)}/discarded`),
    undoApply: (vm: string, options: UndoApply): Promise<TaskView> => post(`${vmPath(vm)}/undo`, options),
    forgetDiscarded: (vm: string, stateId: string | null): Promise<TaskView> =>
      remove(`${vmPath(vm)}/discarded${stateId === null ? '' : `?state=${encodeURIComponent(stateId)}`}`),
    deleteCheckpoint: (
      vm: string,
      checkpoint: string,
      { subtree }: { subtree: boolean },
    ): Promise<TaskView> => remove(`${checkpointPath(vm, checkpoint)}?subtree=${subtree}`),
    /** The result is an ExportResult. */
    exportCheckpoint: (
      vm: string,
      checkpoint: string,
      request: z.input<typeof exportCheckpointSchema>,
    ): Promise<TaskView> => post(`${checkpointPath(vm, checkpoint)}/export`, request),
    /** The result is an ImportResult. */
    importVm: (request: z.input<typeof importVmSchema>): Promise<TaskView> => post('/vms/import', request),
    /** Null when no merge waits. */
    async mergeVm(vm: string): Promise<TaskView | null> {
      const request: Request = { method: 'POST', path: `${vmPath(vm)}/merge` }
      const body = await text(request)
      return body === '' ? null : parse(taskViewSchema, body, request)
    },

    listGroups: (): Promise<GroupView[]> => get(z.array(groupViewSchema), '/groups'),
    showGroup: (group: string): Promise<GroupView> => get(groupViewSchema, groupPath(group)),
    createGroup: (request: CreateGroup): Promise<GroupView> =>
      ask(groupViewSchema, { method: 'POST', path: '/groups', body: request }),
    updateGroup: (group: string, change: UpdateGroup): Promise<GroupView> =>
      ask(groupViewSchema, { method: 'PATCH', path: groupPath(group), body: change }),
    async deleteGroup(group: string): Promise<void> {
      await text({ method: 'DELETE', path: groupPath(group) })
    },
    listGroupCheckpoints: (group: string): Promise<GroupCheckpointView[]> =>
      get(z.array(groupCheckpointViewSchema), `${groupPath(group)}/checkpoints`),
    showGroupCheckpoint: (group: string, checkpoint: string): Promise<GroupCheckpointView> =>
      get(groupCheckpointViewSchema, setPath(group, checkpoint)),
    createGroupCheckpoint: (
      group: string,
      request: z.input<typeof createGroupCheckpointSchema> = {},
    ): Promise<TaskView> => post(`${groupPath(group)}/checkpoints`, request),
    applyGroup: (group: string, checkpoint: string, options: Partial<ApplyGroup>): Promise<TaskView> =>
      post(`${setPath(group, checkpoint)}/apply`, options),
    deleteGroupCheckpoint: (group: string, checkpoint: string): Promise<TaskView> =>
      remove(setPath(group, checkpoint)),

    /** Of one VM; left out: of all, and what is beside them. */
    examine: (vm?: string): Promise<Findings> =>
      get(findingsSchema, vm === undefined ? '/doctor' : `/doctor?vm=${encodeURIComponent(vm)}`),
    repair: (request: z.input<typeof repairSchema>): Promise<TaskView> => post('/doctor/repair', request),

    storage: (): Promise<StorageView> => get(storageViewSchema, '/storage'),
    storageHistory: (days: number): Promise<StorageHistory> =>
      get(storageHistorySchema, `/storage/history?days=${days}`),
    report: ({ olderThanDays, moreThan }: ReportLimits): Promise<ReportView> =>
      get(reportViewSchema, `/report?olderThanDays=${olderThanDays}&moreThan=${moreThan}`),

    listTasks({ vm, limit }: ListTasks = {}): Promise<TaskView[]> {
      const query = new URLSearchParams()
      if (vm !== undefined) query.set('vm', vm)
      if (limit !== undefined) query.set('limit', String(limit))
      return get(z.array(taskViewSchema), `/tasks?${query}`)
    },
    showTask: (id: string, signal?: AbortSignal): Promise<TaskView> =>
      get(taskViewSchema, `/tasks/${encodeURIComponent(id)}`, signal),
    cancelTask: (id: string): Promise<TaskView> => post(`/tasks/${encodeURIComponent(id)}/cancel`),
    /** Resolves with the task when it has ended; see `watchTask`. */
    watchTask: (id: string, onUpdate: (task: TaskView) => void, signal?: AbortSignal): Promise<TaskView> =>
      watchTask(client, id, onUpdate, signal),

    /**
     * Events from when `onOpen` is called, until the caller stops or the connection breaks
     * (`daemon_unreachable`). When the daemon stops, the iteration ends.
     */
    async *events(options: { signal?: AbortSignal | undefined; onOpen?: () => void } = {}) {
      const request: Request = { method: 'GET', path: '/events', signal: options.signal }
      const response = await connection.send(request)
      if (response.status >= 400) throw errorOfResponse(response.status, await response.text())
      options.onOpen?.()
      yield* parseEvents(response.chunks()) satisfies AsyncIterable<StillpointEvent>
    },

    /** Ends what is under way. */
    close: () => connection.close(),
  }
  return client
}

function vmPath(vm: string): string {
  return `/vms/${encodeURIComponent(vm)}`
}

function diskPath(vm: string, disk: string): string {
  return `${vmPath(vm)}/disks/${encodeURIComponent(disk)}`
}

function checkpointPath(vm: string, checkpoint: string): string {
  return `${vmPath(vm)}/checkpoints/${encodeURIComponent(checkpoint)}`
}

function groupPath(group: string): string {
  return `/groups/${encodeURIComponent(group)}`
}

function setPath(group: string, checkpoint: string): string {
  return `${groupPath(group)}/checkpoints/${encodeURIComponent(checkpoint)}`
}

function parse<T>(schema: z.ZodType<T>, text: string, request: Request): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new StillpointError(
      'internal',
      `The daemon's answer to ${request.method} ${request.path} is not what this version expects.`,
      { cause: error },
    )
  }
}
