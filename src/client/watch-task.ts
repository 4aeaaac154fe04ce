import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskView } from '../contract/task.ts'
import { isStillpointError } from '../core/error.ts'
import type { StillpointEvent } from '../core/event-bus.ts'

/** The part of the client that this needs. */
interface TaskSource {
  showTask(id: string, signal?: AbortSignal): Promise<TaskView>
  events(options: { signal?: AbortSignal; onOpen?: () => void }): AsyncIterable<StillpointEvent>
}

/** With a stream the task is read when an event tells so; this often in case that one got lost. */
const readWithStreamMs = 5000
const readWithoutStreamMs = 300
/** A daemon that is started again may be away for so long. */
const absenceMs = 8000

/**
 * Calls `onUpdate` with each form of the task that it sees and resolves with the last one, when the task
 * has ended. The event stream says when to look; without it the task is read often instead.
 * Errors: as showTask; the reason of the signal.
 */
export async function watchTask(
  source: TaskSource,
  id: string,
  onUpdate: (task: TaskView) => void,
  signal?: AbortSignal,
): Promise<TaskView> {
  const ending = new AbortController()
  const until = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
  let news = Promise.withResolvers<void>()
  let hasStream = true
  const look = () => news.resolve()

  listen(source, id, until, look).finally(() => {
    hasStream = false
    look()
  })
  try {
    for (;;) {
      const task = await readPatiently(source, id, until)
      onUpdate(task)
      if (task.endedAt !== null) return task
      await Promise.race([news.promise, pause(hasStream ? readWithStreamMs : readWithoutStreamMs, until)])
      news = Promise.withResolvers<void>()
      signal?.throwIfAborted()
    }
  } finally {
    ending.abort()
  }
}

/** Calls `look` when the stream opens and for each event of the task. Resolves when there is no stream any more. */
async function listen(source: TaskSource, id: string, signal: AbortSignal, look: () => void): Promise<void> {
  try {
    for await (const event of source.events({ signal, onOpen: look })) {
      if (event.type === 'task.changed' && event.taskId === id) look()
    }
  } catch {
    // Reading the task meets the same trouble, if it lasts, and reports it.
  }
}

async function readPatiently(source: TaskSource, id: string, signal: AbortSignal): Promise<TaskView> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await source.showTask(id, signal)
    } catch (error) {
      const isAway = isStillpointError(error, 'daemon_unreachable')
      if (!isAway || performance.now() - startedAt > absenceMs) throw error
      await pause(readWithoutStreamMs, signal)
    }
  }
}

/** An abort ends the pause; the caller looks at the signal itself. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {})
}
