import type { TaskView } from '../../contract/task.ts'
import { isApiError, request } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { withTask } from '../api/rows.ts'
import { showError } from './show-error.ts'

/** Tasks that somebody at this page waits for. */
const startedHere = new Set<string>()

export function wasStartedHere(taskId: string): boolean {
  return startedHere.has(taskId)
}

type Method = 'POST' | 'PATCH' | 'DELETE'

/** Asks the daemon for something that becomes a task, which the tasks drawer shows from then on. Errors: ApiError. */
export async function startTask(path: string, body?: object, method: Method = 'POST'): Promise<TaskView> {
  const task = await request<TaskView>(path, { method, body })
  startedHere.add(task.id)
  queryClient.setQueryData(queries.tasks.queryKey, (tasks) => withTask(tasks, task))
  return task
}

/** The same where nothing waits for the answer: a refusal is shown as a notice. Null when it was refused. */
export async function runTask(
  path: string,
  body?: object,
  method: Method = 'POST',
): Promise<TaskView | null> {
  try {
    return await startTask(path, body, method)
  } catch (error) {
    if (!isApiError(error)) throw error
    showError(error)
    return null
  }
}
