import type { QueryClient } from '@tanstack/react-query'
import type { TaskView } from '../../contract/task.ts'
import type { VmRow } from '../../contract/vm.ts'
import type { StillpointEvent } from '../../core/event-bus.ts'
import { isApiError, part, request } from './http.ts'
import { queries } from './queries.ts'
import { withoutRow, withRow, withTask } from './rows.ts'

export type Notice = Extract<StillpointEvent, { type: 'notice' }>

export interface LiveOptions {
  readonly client: QueryClient
  /** `lost`: the page shows what it knew last. */
  onConnection(state: 'open' | 'lost'): void
  onNotice(notice: Notice): void
  /** Each form of a task that is seen. */
  onTask(task: TaskView): void
}

/** Events of one moment are answered together; the first one at once. */
const gatherMs = 120
/** More VMs than this that changed in one moment: the whole list is read. */
const mostSingly = 20
/** The stream sends a sign of life every 15 s. */
const retryMs = [500, 1000, 2000, 4000, 8000] as const

/**
 * Keeps what the page shows in step with the daemon, by its event stream alone.
 * 1. The stream opens: everything that is shown is read anew, as events may have been missed.
 * 2. An event names a VM or a task: its row is read, and what is shown of it.
 * 3. The stream breaks: it is opened again, at growing intervals, until it is open.
 * Returns the function that ends it.
 */
export function followEvents({ client, onConnection, onNotice, onTask }: LiveOptions): () => void {
  const changedVms = new Set<string>()
  const changedTasks = new Set<string>()
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let reopening: ReturnType<typeof setTimeout> | undefined
  let attempts = 0
  let hasEnded = false

  const open = () => {
    source = new EventSource('/api/v1/events')
    source.onopen = () => {
      attempts = 0
      onConnection('open')
      void client.invalidateQueries()
    }
    source.onerror = () => {
      source?.close()
      if (hasEnded) return
      onConnection('lost')
      reopening = setTimeout(open, retryMs[Math.min(attempts++, retryMs.length - 1)])
      // A session that has ended looks like a broken connection; the answer to a request tells.
      void request('/session').catch((error) => {
        if (isApiError(error, 'unauthorized')) void client.invalidateQueries()
      })
    }
    for (const type of ['vm.changed', 'vm.removed', 'task.changed', 'notice'])
      source.addEventListener(type, ({ data }: MessageEvent<string>) => receive(JSON.parse(data)))
  }

  const receive = (event: StillpointEvent) => {
    if (event.type === 'notice') return onNotice(event)
    if (event.type === 'vm.removed') {
      client.setQueryData(queries.vmRows.queryKey, (rows) => withoutRow(rows, event.vmId))
      client.removeQueries({ queryKey: ['vm', event.vmId] })
      return
    }
    if (event.type === 'task.changed') changedTasks.add(event.taskId)
    if (event.vmId !== null) changedVms.add(event.vmId)
    if (timer !== undefined) return
    readChanged()
    timer = setTimeout(readRest, gatherMs)
  }

  const readRest = () => {
    timer = undefined
    if (changedVms.size + changedTasks.size === 0) return
    readChanged()
    timer = setTimeout(readRest, gatherMs)
  }

  const readChanged = () => {
    const vms = [...changedVms]
    const tasks = [...changedTasks]
    changedVms.clear()
    changedTasks.clear()
    if (vms.length > mostSingly) void client.invalidateQueries({ queryKey: queries.vmRows.queryKey })
    else for (const vmId of vms) void readRow(vmId)
    for (const vmId of vms) void client.invalidateQueries({ queryKey: ['vm', vmId] })
    for (const taskId of tasks) void readTask(taskId)
  }

  const readRow = async (vmId: string) => {
    const row = await request<VmRow>(`/vm-rows/${part(vmId)}`).catch(() => null) // removed meanwhile, or lost
    if (row) client.setQueryData(queries.vmRows.queryKey, (rows) => withRow(rows, row))
  }

  const readTask = async (taskId: string) => {
    const task = await request<TaskView>(`/tasks/${part(taskId)}`).catch(() => null) // as above
    if (!task) return
    client.setQueryData(queries.tasks.queryKey, (tasks) => withTask(tasks, task))
    if (task.vmId !== null)
      client.setQueryData(queries.history(task.vmId).queryKey, (tasks) => withTask(tasks, task))
    if (task.endedAt !== null) void client.invalidateQueries({ queryKey: ['storage'] })
    onTask(task)
  }

  open()
  return () => {
    hasEnded = true
    source?.close()
    clearTimeout(timer)
    clearTimeout(reopening)
  }
}
