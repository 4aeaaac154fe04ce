import { QueryObserver } from '@tanstack/react-query'
import type { TaskView } from '../../contract/task.ts'
import { ApiError, isApiError, part, request } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { withTask } from '../api/rows.ts'

/**
 * Waits for the end of a task, by what the event stream says; it goes on when the dialog that asked for it is closed.
 * Errors: ApiError when the task failed or was cancelled, or cannot be read.
 */
export async function endOfTask({ id }: TaskView): Promise<TaskView> {
  const ended = await new Promise<TaskView>((resolve, reject) => {
    const observer = new QueryObserver(queryClient, queries.tasks)
    let isAsked = false
    const end = (task: TaskView) => {
      stop()
      resolve(task)
    }
    const look = (tasks: readonly TaskView[] | undefined) => {
      const task = tasks?.find((each) => each.id === id)
      if (task?.endedAt) end(task)
      else if (tasks && !task && !isAsked) void ask()
    }
    /** So many newer ones that the list does not hold it. */
    const ask = async () => {
      isAsked = true
      try {
        const task = await request<TaskView>(`/tasks/${part(id)}`)
        if (task.endedAt) end(task)
        else queryClient.setQueryData(queries.tasks.queryKey, (tasks) => withTask(tasks, task))
      } catch (error) {
        if (isApiError(error, 'daemon_unreachable')) return // all lists are read again when it is back
        stop()
        reject(error)
      } finally {
        isAsked = false // the next list may be without it again
      }
    }
    const stop = observer.subscribe(({ data }) => look(data))
    look(observer.getCurrentResult().data)
  })
  if (ended.state === 'succeeded') return ended
  const { error } = ended
  // Tasks fail with codes of the registry.
  throw new ApiError(
    (error?.code ?? 'cancelled') as ApiError['code'],
    error?.message ?? `"${ended.title}" was cancelled.`,
  )
}
