import type { ErrorCode } from '../core/error-registry.ts'
import type { TaskId, VmId } from '../core/ids.ts'
import type { Progress } from '../core/progress.ts'

export const taskKinds = [
  'vm.create',
  'vm.start',
  'vm.stop',
  'vm.pause',
  'vm.resume',
  'vm.remove',
  'disk.add',
  'disk.remove',
  'disk.grow',
  'hooks.install',
  'hooks.remove',
  'checkpoint.create',
  'checkpoint.apply',
  'checkpoint.undo',
  'checkpoint.keep',
  'checkpoint.forget',
  'checkpoint.delete',
  'group.checkpoint',
  'group.apply',
  'group.delete-checkpoint',
  'checkpoint.export',
  'vm.import',
  'merge',
  'doctor.repair',
] as const
export type TaskKind = (typeof taskKinds)[number]

export type TaskState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

/** What a user watches. A task that was running when the daemon ended is `failed` at the next start. */
export interface Task {
  readonly id: TaskId
  readonly kind: TaskKind
  readonly vmId: VmId | null
  readonly vmName: string | null
  /** "Creating Checkpoint", "Applying Checkpoint", "Merging"… */
  readonly title: string
  readonly state: TaskState
  /** 0 to 100. */
  readonly percent: number
  /** What it does now, in words. */
  readonly message: string
  readonly log: readonly { readonly at: string; readonly message: string }[]
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** What the operation returned, as the API shows it; null unless succeeded. */
  readonly result: unknown
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly details: unknown } | null
}

export interface TaskStore {
  /** Inserts or replaces. */
  put(task: Task): void
  get(id: TaskId): Task | undefined
  /** Newest first. */
  list(filter?: { vmId?: VmId; limit?: number }): Task[]
  /** Removes ended tasks beyond the newest `keep`. */
  prune(keep: number): void
}

export interface TaskContext extends Progress {
  readonly taskId: TaskId
  readonly signal: AbortSignal
}

export interface TaskRequest {
  readonly kind: TaskKind
  readonly vmId: VmId | null
  readonly vmName: string | null
  readonly title: string
  /** Errors become the task's `failed`, or `cancelled` when the code is `cancelled`. */
  readonly run: (context: TaskContext) => Promise<unknown>
}

export interface TaskRunner {
  /** Starts at once and returns the task as `running`; whoever needs an order queues inside `run`. */
  start(request: TaskRequest): Task
  get(id: TaskId): Task | undefined
  list(filter?: { vmId?: VmId; limit?: number }): Task[]
  /** Those that run now, newest first. They are in memory: this costs nothing. */
  running(): Task[]
  /** Errors: `task_not_found`; `invalid_request` when it has ended. */
  cancel(id: TaskId): Task
  /** Resolves when the task has ended, with its final form. */
  ended(id: TaskId): Promise<Task>
  /** Resolves when no task runs any more; aborts those that run first when `abort` is given. */
  drain(options: { abort: boolean }): Promise<void>
}
