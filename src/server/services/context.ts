import type { GrowthWatch } from '../../checkpoint/hygiene/growth-watch.ts'
import type { Settler } from '../../checkpoint/merge/settle.ts'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { Health } from '../../contract/system.ts'
import type { VmRow, VmView } from '../../contract/vm.ts'
import { mapBounded } from '../../core/bounded.ts'
import { isStillpointError, StillpointError } from '../../core/error.ts'
import type { TaskId, VmId } from '../../core/ids.ts'
import type { BackUpDatabase } from '../../doctor/save-metadata.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Groups } from '../../inventory/groups.ts'
import { lookAgain } from '../../machine/inspect.ts'
import type { Machines } from '../../machine/machines.ts'
import type { Task, TaskContext, TaskKind, TaskRunner } from '../../task/task.ts'
import { viewCheckpoints, viewVm } from '../views.ts'
import { type VmContext, viewVmRow } from '../vm-row.ts'

/** Each looks at some files and asks a QEMU. */
const viewsAtOnce = 64

export interface HostDependencies {
  readonly machines: Machines
  readonly groups: Groups
  readonly tasks: TaskRunner
  readonly settler: Settler
  readonly growth: GrowthWatch
  readonly backUpDatabase: BackUpDatabase
  readonly health: () => Health
  readonly uefiVariables: () => Promise<string>
  /** After the inventory was replaced: finds processes, ends unfinished work. */
  readonly recover: () => Promise<void>
}

/** What the services of all nouns have in common. */
export interface ServiceContext extends HostDependencies {
  /** Tasks that work on a VM together with others. */
  readonly groupTasks: Map<VmId, TaskId>
  /** Starts a task on a VM. */
  start(
    document: VmDocument,
    kind: TaskKind,
    title: string,
    run: (context: TaskContext) => Promise<unknown>,
  ): Task
  /** Runs `body` when it is the VM's turn, and says so while it waits. */
  inTurn<T>(document: VmDocument, context: TaskContext, body: () => Promise<T>): Promise<T>
  view(document: VmDocument): Promise<VmView>
  /** As `view`, for many at a time. */
  viewAll(documents: readonly VmDocument[]): Promise<VmView[]>
  viewRow(document: VmDocument): Promise<VmRow>
  viewRows(documents: readonly VmDocument[]): Promise<VmRow[]>
  viewOne(document: VmDocument, checkpoint: Checkpoint): Promise<CheckpointView>
}

export function serviceContext(deps: HostDependencies): ServiceContext {
  const { machines, tasks, settler } = deps
  const groupTasks = new Map<VmId, TaskId>()
  /** Of the work on it together with others. */
  const sharedTask = (vmId: VmId): Task | undefined => {
    const taskId = groupTasks.get(vmId)
    return taskId && tasks.get(taskId)
  }
  /** A record never changes in place, and with it what waits stays the same. */
  const waiting = new WeakMap<VmDocument, number>()
  const contextOf = (document: VmDocument, task: Task | undefined): VmContext => {
    const waitingMerges = waiting.get(document) ?? settler.waiting(document.id)
    waiting.set(document, waitingMerges)
    return { machines, task, waitingMerges, mergesWaitFor: settler.waitsFor(document.id) }
  }
  const viewNow = async (document: VmDocument, task: Task | undefined) => {
    await lookAgain(machines, document.id)
    return await viewVm(document, contextOf(document, task))
  }
  const rowNow = async (document: VmDocument, task: Task | undefined) => {
    await lookAgain(machines, document.id)
    return viewVmRow(document, await machines.powerStateAtOnce(document.id), contextOf(document, task))
  }
  const taskOf = ({ id }: VmDocument) => tasks.running().find(({ vmId }) => vmId === id) ?? sharedTask(id)
  /** What `look` says of each, with its task; those that are removed meanwhile are left out. */
  const lookAtAll = async <T>(
    documents: readonly VmDocument[],
    look: (document: VmDocument, task: Task | undefined) => Promise<T>,
  ): Promise<T[]> => {
    // Oldest first, so that the newest of a VM is the one that is left.
    const running = new Map(
      tasks
        .running()
        .map((task) => [task.vmId, task] as const)
        .reverse(),
    )
    const found = await mapBounded(documents, viewsAtOnce, (document) =>
      look(document, running.get(document.id) ?? sharedTask(document.id)).catch((error) => {
        if (isStillpointError(error, 'vm_not_found')) return null
        throw error
      }),
    )
    return found.filter((each) => each !== null)
  }
  return {
    ...deps,
    groupTasks,

    start: (document, kind, title, run) =>
      tasks.start({ kind, vmId: document.id, vmName: document.name, title, run }),

    inTurn(document, context, body) {
      if (machines.locks.isBusy(document.id)) context.report(0, 'waiting for another operation on this VM')
      return machines.turn(document.id, context.signal, body)
    },

    view: (document) => viewNow(document, taskOf(document)),
    viewAll: (documents) => lookAtAll(documents, viewNow),
    viewRow: (document) => rowNow(document, taskOf(document)),
    viewRows: (documents) => lookAtAll(documents, rowNow),

    async viewOne(document, checkpoint) {
      const [found] = await viewCheckpoints(document, [checkpoint])
      if (!found) throw new StillpointError('internal', 'A checkpoint has no view.')
      return found
    },
  }
}
