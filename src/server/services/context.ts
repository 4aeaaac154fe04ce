import type { GrowthWatch } from '../../checkpoint/hygiene/growth-watch.ts'
import type { Settler } from '../../checkpoint/merge/settle.ts'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { Health } from '../../contract/system.ts'
import type { VmView } from '../../contract/vm.ts'
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
  const viewNow = async (document: VmDocument, task: Task | undefined) => {
    await lookAgain(machines, document.id)
    return await viewVm(document, {
      machines,
      task,
      waitingMerges: settler.waiting(document.id),
      mergesWaitFor: settler.waitsFor(document.id),
    })
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

    view: (document) =>
      viewNow(document, tasks.running().find(({ vmId }) => vmId === document.id) ?? sharedTask(document.id)),

    async viewAll(documents) {
      // Oldest first, so that the newest of a VM is the one that is left.
      const running = new Map(
        tasks
          .running()
          .map((task) => [task.vmId, task] as const)
          .reverse(),
      )
      const views = await mapBounded(documents, viewsAtOnce, (document) =>
        viewNow(document, running.get(document.id) ?? sharedTask(document.id)).catch((error) => {
          if (isStillpointError(error, 'vm_not_found')) return null // it was removed meanwhile
          throw error
        }),
      )
      return views.filter((each) => each !== null)
    },

    async viewOne(document, checkpoint) {
      const [found] = await viewCheckpoints(document, [checkpoint])
      if (!found) throw new StillpointError('internal', 'A checkpoint has no view.')
      return found
    },
  }
}
