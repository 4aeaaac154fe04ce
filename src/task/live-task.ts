import type { Clock } from '../core/clock.ts'
import { asStorageError } from '../core/durable-file.ts'
import { isStillpointError, messageOf, type StillpointError } from '../core/error.ts'
import type { TaskId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import type { Task, TaskRequest } from './task.ts'
import { createThrottle } from './throttle.ts'

export interface LiveTask {
  /** As it is now. */
  task(): Task
  /** Starts the work; called once. */
  run(): void
  /** Asks the work to end; it ends when it can. Returns the task as it is now. */
  cancel(reason: StillpointError): Task
  /** Never rejects. */
  readonly ended: Promise<Task>
}

interface LiveTaskParts {
  readonly id: TaskId
  readonly clock: Clock
  readonly log: Log
  /** Called at most five times a second. */
  readonly onProgress: (task: Task) => void
  /** Called once, with the final form. */
  readonly onEnd: (task: Task) => void
}

const progressEveryMs = 200
/** The oldest messages of a task's log go first. */
const keptMessages = 200

/** A task while it runs. Errors of the work end up in the task and never leave it. */
export function createLiveTask(request: TaskRequest, parts: LiveTaskParts): LiveTask {
  const { clock, log } = parts
  const abort = new AbortController()
  const { promise: ended, resolve } = Promise.withResolvers<Task>()
  const throttle = createThrottle(progressEveryMs, () => parts.onProgress(task))
  let task = newTask(request, parts.id, clock.now().toISOString())

  function report(percent: number, message: string): void {
    if (task.endedAt !== null) return
    task = {
      ...task,
      percent: Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) : task.percent,
      message: message === '' ? task.message : message,
      log: message === '' ? task.log : logWith(task.log, { at: clock.now().toISOString(), message }),
    }
    throttle.call()
  }

  async function work(): Promise<Partial<Task>> {
    try {
      const result = await request.run({ taskId: task.id, signal: abort.signal, report })
      return { state: 'succeeded', percent: 100, result: result ?? null }
    } catch (error) {
      // What Node's own calls throw when a signal aborts carries no reason of ours.
      const isAbort = abort.signal.aborted && error instanceof Error && error.name === 'AbortError'
      return failureOf(isAbort ? abort.signal.reason : error)
    }
  }

  function failureOf(failure: unknown): Partial<Task> {
    // What the operating system refuses is no mystery, even where nobody has put it into words.
    const error = isSystemError(failure)
      ? asStorageError(failure, `${request.title} could not go on: ${messageOf(failure)}`)
      : failure
    const { code, details } = isStillpointError(error)
      ? error
      : { code: 'internal' as const, details: { cause: messageOf(error) } }
    const fields = { err: error, taskId: task.id, kind: task.kind, vmId: task.vmId }
    if (code === 'internal') log.error(fields, 'A task met an unexpected error.')
    else log.warn(fields, `A task ended with ${code}.`)
    return {
      state: code === 'cancelled' ? 'cancelled' : 'failed',
      error: { code, message: messageOf(error), details },
    }
  }

  return {
    task: () => task,
    run() {
      work().then((end) => {
        throttle.stop()
        task = { ...task, ...end, endedAt: clock.now().toISOString() }
        parts.onEnd(task)
        resolve(task)
      })
    },
    cancel(reason) {
      if (!abort.signal.aborted) report(task.percent, 'Cancelling')
      abort.abort(reason)
      return task
    },
    ended,
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

/** A message that differs from the last one in its figures only ("3.2 GiB so far") takes its place. */
function logWith(log: Task['log'], entry: Task['log'][number]): Task['log'] {
  const last = log.at(-1)
  if (last?.message === entry.message) return log
  const isUpdate = last !== undefined && withoutFigures(last.message) === withoutFigures(entry.message)
  return [...(isUpdate ? log.slice(0, -1) : log), entry].slice(-keptMessages)
}

function withoutFigures(message: string): string {
  return message.replace(/\d[\d.,]*(?: [KMGTP]?i?B)?/g, '#')
}

function newTask(request: TaskRequest, id: TaskId, at: string): Task {
  return {
    id,
    kind: request.kind,
    vmId: request.vmId,
    vmName: request.vmName,
    title: request.title,
    state: 'running',
    percent: 0,
    message: '',
    log: [],
    createdAt: at,
    startedAt: at,
    endedAt: null,
    result: null,
    error: null,
  }
}
