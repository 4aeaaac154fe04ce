import type { TaskView } from '../../contract/task.ts'
import { dateAndTime } from '../ui/format.ts'
import { newsOf } from './news.ts'
import { claimNotice } from './notice-log.ts'
import { tell } from './notices.tsx'
import { wasStartedHere } from './run-task.ts'
import { duration, durationMs, taskWords } from './task-words.ts'
import { showToast } from './toast.tsx'
import { isAwaited } from './use-end-of-task.ts'

/** Of these the end was told, or came before this page. */
const told = new Set<string>()

/** What somebody waited for this long is worth a word when it is done. */
const worthTellingMs = 3000

/**
 * Called with each form of a task that is seen; says what failed, and what nobody may miss of what succeeded. Each
 * task is told of once, however often its end is seen.
 */
export function taskEnded(task: TaskView): void {
  if (task.endedAt === null || told.has(task.id)) return
  told.add(task.id)
  if (task.state === 'failed' && !isAwaited(task.id)) tellFailure(task)
  if (task.state === 'succeeded') tellSuccess(task)
}

/**
 * Called with each list of tasks that was read: what ended while the connection was lost is told of now. What the
 * first list of a page holds is history.
 */
export function tasksListed(tasks: readonly TaskView[], isFirst: boolean): void {
  for (const task of tasks) {
    if (task.endedAt === null) continue
    if (isFirst) told.add(task.id)
    else taskEnded(task)
  }
}

function tellFailure(task: TaskView): void {
  const message = task.error?.message ?? 'It is not known why.'
  const title = `${taskWords(task)} failed`
  tell({ level: 'error', vmId: task.vmId, message }, { title, code: task.error?.code, taskId: task.id })
}

function tellSuccess(task: TaskView): void {
  const news = newsOf(task)
  for (const { level, vmId, message, marks, undo } of news) {
    if (marks && claimNotice(task.id, vmId, marks)) continue // the daemon has told it
    if (undo === undefined) tell({ level, vmId, message })
    else {
      const words = `${message} What was discarded can be brought back until ${dateAndTime(undo.expiresAt)}.`
      tell({ level, vmId, message: words }, { undo })
    }
  }
  const tookMs = durationMs(task, 0)
  if (news.length > 0 || tookMs === null || tookMs < worthTellingMs || !wasStartedHere(task.id)) return
  showToast({
    level: 'success',
    title: taskWords(task),
    vmId: task.vmId,
    message: `Done in ${duration(tookMs)}.`,
  })
}
