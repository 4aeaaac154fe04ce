import { cancelledBy } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import { StillpointError } from '../core/error.ts'
import type { EventBus } from '../core/event-bus.ts'
import type { IdSource, TaskId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import { createLiveTask, type LiveTask } from './live-task.ts'
import type { Task, TaskRunner, TaskStore } from './task.ts'

export interface TaskRunnerParts {
  readonly store: TaskStore
  readonly clock: Clock
  readonly ids: IdSource
  readonly events: EventBus
  readonly log: Log
}

/** Ended tasks that are kept for whoever looks back. */
const keptTasks = 1000

/**
 * Runs tasks in this process. The store gets a task when it starts and when it ends; in between it lives
 * in memory, for a write to disk blocks the process, which may be holding a frozen guest just then.
 *
 * Tasks that an earlier daemon left unended are recorded as failed before this returns.
 */
export function createTaskRunner(parts: TaskRunnerParts): TaskRunner {
  const { store, clock, ids, events, log } = parts
  const live = new Map<TaskId, LiveTask>()
  /** Tasks that ended, but could not be written. */
  const unsaved = new Map<TaskId, Task>()

  failInterrupted(store, clock)
  store.prune(keptTasks)

  function publish(task: Task): void {
    events.publish({ type: 'task.changed', taskId: task.id, vmId: task.vmId })
  }

  /** The task's end must reach its watchers even when the disk is full. */
  function save(task: Task): void {
    try {
      store.put(task)
      store.prune(keptTasks)
    } catch (error) {
      unsaved.set(task.id, task)
      log.error({ err: error, taskId: task.id }, 'The end of a task could not be stored.')
    }
  }

  function current(id: TaskId): Task | undefined {
    return live.get(id)?.task() ?? unsaved.get(id) ?? store.get(id)
  }

  function known(id: TaskId): Task {
    const task = current(id)
    if (task) return task
    throw new StillpointError('task_not_found', `There is no task "${id}".`, { details: { taskId: id } })
  }

  return {
    start(request) {
      const liveTask = createLiveTask(request, {
        id: ids.next(),
        clock,
        log,
        onProgress: publish,
        onEnd(task) {
          save(task)
          live.delete(task.id)
          publish(task)
        },
      })
      const task = liveTask.task()
      try {
        store.put(task)
      } catch (error) {
        // On a full disk a delete must still be possible: it is what frees space.
        log.error({ err: error, taskId: task.id }, 'The start of a task could not be stored.')
      }
      live.set(task.id, liveTask)
      publish(task)
      liveTask.run()
      return task
    },

    get: current,

    list: (filter) => store.list(filter).map((task) => current(task.id) ?? task),

    running: () =>
      [...live.values()]
        .map((each) => each.task())
        .filter(({ state }) => state === 'running')
        .reverse(),

    cancel(id) {
      const liveTask = live.get(id)
      if (liveTask) return liveTask.cancel(cancelledBy('the user'))
      const { title, state } = known(id)
      throw new StillpointError('invalid_request', `"${title}" (task ${id}) has ended already: ${state}.`, {
        details: { taskId: id, state },
      })
    },

    async ended(id) {
      return (await live.get(id)?.ended) ?? known(id)
    },

    async drain({ abort }) {
      while (live.size > 0) {
        const running = [...live.values()]
        if (abort) for (const task of running) task.cancel(cancelledBy('the daemon, which is stopping'))
        await Promise.all(running.map((task) => task.ended))
      }
    },
  }
}

/** What an earlier daemon was doing when it ended; recovery decides from the journal, not from here. */
function failInterrupted(store: TaskStore, clock: Clock): void {
  for (const task of store.list()) {
    if (task.state !== 'running' && task.state !== 'queued') continue
    store.put({
      ...task,
      state: 'failed',
      endedAt: clock.now().toISOString(),
      error: {
        code: 'interrupted',
        message: 'The daemon ended while this ran; the VM was put in order when the daemon started again.',
        details: {},
      },
    })
  }
}
