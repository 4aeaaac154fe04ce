import type { z } from 'zod'
import type { Client } from '../client/client.ts'
import { errorOfCode } from '../client/problem.ts'
import type { TaskView } from '../contract/task.ts'
import { StillpointError } from '../core/error.ts'
import type { Context } from './context.ts'
import { LeftTask } from './errors.ts'
import { showProgress } from './task-progress.ts'

export interface FollowOptions {
  /** Whether Ctrl-C asks the daemon to cancel: true for whoever started the task. */
  readonly isOwner: boolean
}

/**
 * Shows a task to its end; prints it with `--json`. Returns it when it succeeded.
 * Errors: the task's own; LeftTask when the user does not wait for the end.
 */
export async function follow(
  context: Context,
  client: Client,
  started: TaskView,
  { isOwner }: FollowOptions = { isOwner: true },
): Promise<TaskView> {
  const leaving = new AbortController()
  const progress = await showProgress(context, started)
  const { id } = started
  let isCancelling = !isOwner

  const stopListening = context.system.onInterrupt(() => {
    if (isCancelling) {
      leaving.abort(new LeftTask(`Task ${id} goes on; \`stillpoint task watch ${id}\` shows it.`))
      return
    }
    isCancelling = true
    progress.remark('Asked the daemon to cancel; waiting for it. Ctrl-C again leaves the task to itself.')
    // When it cannot be cancelled any more, its end is what the user sees.
    client.cancelTask(id).catch(() => {})
  })

  try {
    const ended = await client.watchTask(id, progress.update, leaving.signal)
    progress.stop()
    return succeeded(context, ended)
  } finally {
    progress.stop()
    stopListening()
  }
}

/** What the task returned, as the contract has it. Error: `internal`. */
export function resultOf<T>(schema: z.ZodType<T>, task: TaskView): T {
  const result = schema.safeParse(task.result)
  if (result.success) return result.data
  throw new StillpointError('internal', `The result of task ${task.id} is not what this version expects.`)
}

function succeeded(context: Context, task: TaskView): TaskView {
  if (task.state === 'succeeded') {
    context.document(task)
    return task
  }
  const { code, message, details } = task.error ?? { code: 'internal', message: 'It failed.', details: {} }
  throw errorOfCode(code, message, details)
}
