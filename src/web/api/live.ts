import type { QueryClient, QueryFilters, QueryKey } from '@tanstack/react-query'
import type { TaskView } from '../../contract/task.ts'
import type { VmRow } from '../../contract/vm.ts'
import type { StillpointEvent } from '../../core/event-bus.ts'
import { openEvents } from './event-socket.ts'
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

/** More VMs or tasks than this that changed in one moment: the whole list is read. */
const mostSingly = 20
/** Tasks that are read at once, as many as one list holds; the others follow. */
const mostTasks = 1000

/**
 * Keeps what the page shows in step with the daemon, by its event stream.
 * 1. The stream opens: everything that is shown is read anew, as events may have been missed.
 * 2. An event names a VM or a task: its row is read, and what is shown of it. Events of one moment are answered together.
 * 3. The stream breaks: it is opened again, at growing intervals, until it is open.
 * Returns the function that ends it.
 */
export function followEvents({ client, onConnection, onNotice, onTask }: LiveOptions): () => void {
  const endStream = openEvents({
    onOpen() {
      onConnection('open')
      void readAgain({})
    },
    onEvent: (event) => receive(event),
    onLost() {
      onConnection('lost')
      // A session that has ended looks like a broken connection; the answer to a request tells.
      void request('/session').catch((error) => {
        if (isApiError(error, 'unauthorized')) void client.invalidateQueries()
      })
    },
  })

  /**
   * What is being read for the first time may be older than what makes it stale, and reading it "again" would only wait
   * for that answer: so it is read once more when it is there.
   */
  const readAgain = async (filters: QueryFilters) => {
    const first = client.getQueryCache().findAll({ ...filters, fetchStatus: 'fetching' })
    const unread = first.filter(({ state }) => state.data === undefined)
    await Promise.all([
      client.invalidateQueries(filters),
      ...unread.map(async (query) => {
        await query.promise?.catch(() => {}) // told by whoever shows it
        await client.invalidateQueries({ queryKey: query.queryKey, exact: true })
      }),
    ])
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
      if (vmIds.length > mostSingly || !isCurrent(list)) return await readAgain({ queryKey: list })
      const read = await Promise.all(vmIds.map(readRow))
      client.setQueryData(list, (old) => read.reduce((all, change) => change(all), old))
    },
  })

  /** What is shown of VMs; what is not shown is read when it is. */
  const shown = gatherer({
    read(vmIds) {
      const changed = new Set<unknown>(vmIds)
      return readAgain({ predicate: ({ queryKey: [word, vmId] }) => word === 'vm' && changed.has(vmId) })
    },
  })

  const storage = gatherer({ read: () => client.invalidateQueries({ queryKey: ['storage'] }) })

  const tasks = gatherer({
    most: mostTasks,
    isHeld: () => ['tasks', 'history'].some((list) => client.isFetching({ queryKey: [list] }) > 0),
    async read(taskIds) {
      const read = await readTasks(taskIds, (taskId) => tasks.add(taskId))
      for (const task of read) {
        const lists = [
          queries.tasks.queryKey,
          ...(task.vmId === null ? [] : [queries.history(task.vmId).queryKey]),
        ]
        for (const list of lists)
          if (isCurrent(list)) client.setQueryData<TaskView[]>(list, (all) => withTask(all, task))
        onTask(task)
      }
      if (read.some(({ endedAt }) => endedAt !== null)) storage.add('all')
    },
  })

  /** A list that waits to be read anew must not be changed in one place, or it would be taken for new as a whole. */
  const isCurrent = (queryKey: QueryKey) => {
    const state = client.getQueryState(queryKey)
    return state?.data !== undefined && !state.isInvalidated
  }

  return () => {
    endStream()
    for (const each of [rows, shown, storage, tasks]) each.end()
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

/** Those that can be read now, the newest of many in one list; `readLater` is told of what is left. */
async function readTasks(
  taskIds: readonly string[],
  readLater: (taskId: string) => void,
): Promise<TaskView[]> {
  const newest = new Map<string, TaskView>()
  if (taskIds.length > mostSingly) {
    const list = await request<TaskView[]>(`/tasks?limit=${mostTasks}`).catch(() => [])
    for (const task of list) newest.set(task.id, task)
  }
  const others = taskIds.filter((taskId) => !newest.has(taskId))
  for (const taskId of others.splice(mostSingly)) readLater(taskId)
  const read = await Promise.all(
    others.map((taskId) => request<TaskView>(`/tasks/${part(taskId)}`).catch(() => null)), // lost: see step 3
  )
  return [...taskIds.map((taskId) => newest.get(taskId)), ...read].filter((task) => task != null)
}
