import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { TaskView } from '../../contract/task.ts'
import type { VmRow } from '../../contract/vm.ts'
import type { StillpointEvent } from '../../core/event-bus.ts'
import { gatherer } from './gather.ts'
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

/** More VMs than this that changed in one moment: the whole list is read. */
const mostSingly = 20
/** Tasks that are read at once; the others follow. */
const mostTasks = 50
/** The stream sends a sign of life every 15 s. */
const retryMs = [500, 1000, 2000, 4000, 8000] as const

/**
 * Keeps what the page shows in step with the daemon, by its event stream.
 * 1. The stream opens: everything that is shown is read anew, as events may have been missed.
 * 2. An event names a VM or a task: its row is read, and what is shown of it. Events of one moment are answered together.
 * 3. The stream breaks: it is opened again, at growing intervals, until it is open.
 * Returns the function that ends it.
 */
export function followEvents({ client, onConnection, onNotice, onTask }: LiveOptions): () => void {
  let source: EventSource | null = null
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
    if (event.type === 'task.changed') tasks.add(event.taskId)
    if (event.vmId === null) return
    rows.add(event.vmId) // of one that was removed, too: what is being read may have it still
    if (event.type === 'vm.removed') client.removeQueries({ queryKey: ['vm', event.vmId] })
    else shown.add(event.vmId)
  }

  const rows = gatherer({
    isHeld: () => client.isFetching({ queryKey: queries.vmRows.queryKey }) > 0,
    async read(vmIds) {
      const list = queries.vmRows.queryKey
      if (vmIds.length > mostSingly || !isCurrent(list)) return client.invalidateQueries({ queryKey: list })
      const read = await Promise.all(vmIds.map(readRow))
      client.setQueryData(list, (old) => read.reduce((all, change) => change(all), old))
    },
  })

  /** What is shown of VMs; what is not shown is read when it is. */
  const shown = gatherer({
    read: (vmIds) => Promise.all(vmIds.map((vmId) => client.invalidateQueries({ queryKey: ['vm', vmId] }))),
  })

  const measured = gatherer({ read: ([what]) => client.invalidateQueries({ queryKey: [what] }) })

  const tasks = gatherer({
    most: mostTasks,
    isHeld: () => ['tasks', 'history'].some((list) => client.isFetching({ queryKey: [list] }) > 0),
    async read(taskIds) {
      const answers = await Promise.all(
        taskIds.map((taskId) => request<TaskView>(`/tasks/${part(taskId)}`).catch(() => null)), // lost: see step 3
      )
      const read = answers.filter((task) => task !== null)
      for (const task of read) {
        const lists = [
          queries.tasks.queryKey,
          ...(task.vmId === null ? [] : [queries.history(task.vmId).queryKey]),
        ]
        for (const list of lists)
          if (isCurrent(list)) client.setQueryData<TaskView[]>(list, (all) => withTask(all, task))
        onTask(task)
      }
      if (read.some(({ endedAt }) => endedAt !== null))
        void client.invalidateQueries({ queryKey: ['storage'] })
    },
  })

  /** A list that waits to be read anew must not be changed in one place, or it would be taken for new as a whole. */
  const isCurrent = (queryKey: QueryKey) => {
    const state = client.getQueryState(queryKey)
    return state?.data !== undefined && !state.isInvalidated
  }

  open()
  return () => {
    hasEnded = true
    source?.close()
    for (const each of [rows, shown, measured, tasks]) each.end()
    clearTimeout(reopening)
  }
}

type Rows = readonly VmRow[] | undefined

/** What has become of a VM, as a change of the list. */
async function readRow(vmId: string): Promise<(rows: Rows) => VmRow[] | undefined> {
  try {
    const row = await request<VmRow>(`/vm-rows/${part(vmId)}`)
    return (rows) => withRow(rows, row)
  } catch (error) {
    if (isApiError(error, 'vm_not_found')) return (rows) => withoutRow(rows, vmId)
    return (rows) => rows && [...rows] // lost: when the stream is open again, the list is read
  }
}
