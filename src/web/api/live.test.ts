import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { QueryObserver } from '@tanstack/react-query'
import type { StillpointEvent } from '../../core/event-bus.ts'
import { task, vmRow } from '../testing/examples.ts'
import { followEvents } from './live.ts'
import { queries } from './queries.ts'
import { queryClient as client } from './query-client.ts'

/** The daemon's stream, as far as a browser shows it. */
class FakeSocket extends EventTarget {
  static all: FakeSocket[] = []
  isClosed = false

  readonly url: string

  constructor(url: string) {
    super()
    this.url = url
    FakeSocket.all.push(this)
  }

  close() {
    this.isClosed = true
  }

  /** What the daemon sends first. */
  begin() {
    this.dispatchEvent(new MessageEvent('message', { data: '' }))
  }

  break() {
    this.dispatchEvent(new Event('close'))
  }

  tell(...events: StillpointEvent[]) {
    for (const event of events)
      this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(event) }))
  }
}

/** A request that waits for its answer. */
interface Asked {
  readonly path: string
  answer(body: unknown, status?: number): Promise<void>
}

const web = vmRow({ id: 'web', name: 'web' })
const db = vmRow({ id: 'db', name: 'db' })
const changed = (vmId: string): StillpointEvent => ({ type: 'vm.changed', vmId })
const taskChanged = (taskId: string): StillpointEvent => ({ type: 'task.changed', taskId, vmId: null })
const states = () => client.getQueryData(queries.vmRows.queryKey)?.map(({ id, state }) => `${id} ${state}`)
const gone = { code: 'vm_not_found', detail: 'There is no VM "web".', details: {} }

let asked: Asked[] = []
const connections: string[] = []
const tasksSeen: string[] = []
let end = () => {}

/** Lets everything happen that waits for no time and for no answer. */
const settled = () => new Promise((resolve) => setImmediate(resolve))
const paths = () => asked.map(({ path }) => path)
const later = async (ms = 120) => {
  mock.timers.tick(ms)
  await settled()
}
const stream = () => FakeSocket.all.at(-1) ?? assert.fail('no stream was opened')

async function answer(path: string, body: unknown, status?: number): Promise<void> {
  const at = asked.findIndex((each) => each.path === path)
  assert.ok(at >= 0, `${path} was not asked for, but ${paths()}`)
  const [request] = asked.splice(at, 1)
  await request?.answer(body, status)
}

beforeEach(async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  mock.method(globalThis, 'fetch', (path: string, { signal }: RequestInit) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    signal?.addEventListener('abort', () => reject(signal.reason))
    const give = async (body: unknown, status = 200) => {
      resolve(new Response(JSON.stringify(body), { status }))
      await settled()
    }
    asked.push({ path: path.replace('/api/v1', ''), answer: give })
    return promise
  })
  Object.assign(globalThis, { WebSocket: FakeSocket, location: { origin: 'https://box:7330' } })
  end = followEvents({
    client,
    onConnection: (state) => connections.push(state),
    onNotice: () => {},
    onTask: ({ id, percent }) => tasksSeen.push(`${id} ${percent}`),
  })
  assert.equal(stream().url, 'wss://box:7330/api/v1/events')
  stream().begin()
})

afterEach(() => {
  end()
  client.clear()
  mock.reset()
  mock.timers.reset()
  asked = []
  for (const list of [FakeSocket.all, connections, tasksSeen]) list.length = 0
})

/** The page shows the list, as the daemon had it. */
async function showList(...rows: object[]): Promise<() => void> {
  const stop = new QueryObserver(client, queries.vmRows).subscribe(() => {})
  await settled()
  await answer('/vm-rows', rows)
  return stop
}

test('the row of a VM that changed is read at once, and once more when it changed again meanwhile', async () => {
  await showList(db, web)
  stream().tell(changed('web'))
  assert.deepEqual(paths(), ['/vm-rows/web'])
  stream().tell(changed('web'), changed('web'))
  await later()
  assert.deepEqual(paths(), ['/vm-rows/web'], 'no second answer can overtake the first')
  await answer('/vm-rows/web', { ...web, state: 'paused' })
  assert.deepEqual(states(), ['db running', 'web paused'])
  await later()
  await answer('/vm-rows/web', { ...web, state: 'off' })
  assert.deepEqual(states(), ['db running', 'web off'])
  await later()
  assert.deepEqual(paths(), [])
})

test('a list that was asked for before a change does not undo it', async () => {
  await showList(db, web)
  void client.invalidateQueries({ queryKey: queries.vmRows.queryKey })
  stream().tell(changed('web'))
  await later()
  assert.deepEqual(paths(), ['/vm-rows'])
  await answer('/vm-rows', [db, web])
  await later()
  await answer('/vm-rows/web', { ...web, state: 'off' })
  assert.deepEqual(states(), ['db running', 'web off'])
})

test('a VM that was removed does not come back with an answer that is older', async () => {
  await showList(db, web)
  stream().tell(changed('web'))
  stream().tell({ type: 'vm.removed', vmId: 'web' })
  await answer('/vm-rows/web', web)
  await later()
  await answer('/vm-rows/web', gone, 404)
  assert.deepEqual(states(), ['db running'])
})

test('when many changed in one moment the list is read, and not anew while it is being read', async () => {
  await showList(db, web)
  const all = Array.from({ length: 500 }, (_, index) => changed(`vm${index}`))
  stream().tell(changed('web'), ...all)
  await answer('/vm-rows/web', web)
  await later()
  stream().tell(...all)
  await later()
  await later()
  assert.deepEqual(paths(), ['/vm-rows'])
  await answer('/vm-rows', [db])
  await later()
  assert.deepEqual(paths(), ['/vm-rows'])
})

test('a list that is not shown and has to be read anew is not taken for new after one change', async () => {
  const leave = await showList(db, web)
  leave()
  stream().break()
  await later(500)
  stream().begin()
  asked = []
  stream().tell(changed('web'))
  await later()
  assert.deepEqual(paths(), [])
  new QueryObserver(client, queries.vmRows).subscribe(() => {})
  assert.deepEqual(paths(), ['/vm-rows'])
})

test('each form of a task is told, and the list has the newest', async () => {
  new QueryObserver(client, queries.tasks).subscribe(() => {})
  await settled()
  await answer('/tasks?limit=100', [])
  stream().tell(taskChanged('t1'))
  stream().tell(taskChanged('t1'))
  await answer('/tasks/t1', task({ percent: 10 }))
  await later()
  await answer('/tasks/t1', task({ percent: 90 }))
  assert.deepEqual(tasksSeen, ['t1 10', 't1 90'])
  assert.equal(client.getQueryData(queries.tasks.queryKey)?.[0]?.percent, 90)
})

test('a stream that breaks is opened again, ever more slowly, and then all that is shown is read anew', async () => {
  await showList(db, web)
  for (const waitMs of [500, 1000]) {
    const broken = stream()
    broken.break()
    assert.ok(broken.isClosed)
    await later(waitMs - 1)
    assert.equal(stream(), broken)
    await later(1)
    assert.notEqual(stream(), broken)
  }
  stream().begin()
  assert.deepEqual(connections, ['open', 'lost', 'lost', 'open'])
  await answer('/vm-rows', [db])
  assert.deepEqual(states(), ['db running'])
})

test('what is shown after the stream began is read once', async () => {
  await showList(db, web)
  await later(1000)
  assert.deepEqual(paths(), [])
})

test('a change that comes while something is read for the first time is not lost', async () => {
  new QueryObserver(client, queries.checkpoints('web')).subscribe(() => {})
  stream().tell(changed('web'))
  await settled()
  assert.deepEqual(paths(), ['/vms/web/checkpoints'])
  await answer('/vms/web/checkpoints', [])
  assert.deepEqual(paths(), ['/vms/web/checkpoints'], 'what was read may be older than the event')
  await answer('/vms/web/checkpoints', [])
  await later(1000)
  assert.deepEqual(paths(), [])
})

test('so is what was read for the first time when the stream began', async () => {
  stream().break()
  new QueryObserver(client, queries.vmRows).subscribe(() => {})
  await later(500)
  stream().begin()
  await settled()
  await answer('/session', {})
  await answer('/vm-rows', [db])
  await answer('/vm-rows', [db, web])
  assert.deepEqual(states(), ['db running', 'web running'])
  assert.deepEqual(paths(), [])
})

test('10,000 VMs and their tasks that change for a while cost a few requests', async () => {
  await showList(db, web)
  const ids = Array.from({ length: 10_000 }, (_, index) => String(index))
  const counts = new Map<string, number>()
  for (let round = 0; round < 20; round++) {
    stream().tell(...ids.flatMap((id) => [changed(`vm${id}`), taskChanged(`t${id}`)]))
    await settled()
    for (const { path, answer } of asked.splice(0)) {
      const kind = path.replace(/\d+$/, '')
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      if (path === '/vm-rows') await answer([db])
      else if (path.startsWith('/tasks?'))
        await answer(ids.slice(0, 1000).map((id) => task({ id: `t${id}` })))
      else await answer(gone, 404)
    }
    await later()
  }
  assert.equal(counts.get('/vm-rows/vm'), 1, 'the first that changed')
  assert.ok((counts.get('/vm-rows') ?? 0) <= 20, 'the list, each round')
  assert.ok((counts.get('/tasks?limit=') ?? 0) <= 20)
  assert.ok(
    (counts.get('/tasks/t') ?? 0) <= 1 + 20 * 20,
    'those that the list does not hold, twenty at a time',
  )
})

test('a stream that falls silent is taken for broken', async () => {
  const silent = stream()
  await later(39_000)
  silent.begin() // a sign of life is an empty message, too
  await later(39_000)
  assert.deepEqual(connections, ['open'])
  await later(1000)
  assert.ok(silent.isClosed)
  assert.deepEqual(connections, ['open', 'lost'])
  await later(500)
  stream().begin()
  silent.break()
  assert.deepEqual(connections, ['open', 'lost', 'open'])
})

test('after its end it opens and asks for nothing', async () => {
  await showList(db, web)
  stream().tell(changed('web'), changed('db'))
  const last = stream()
  last.break()
  end()
  asked = []
  await later(60_000)
  assert.equal(stream(), last)
  assert.deepEqual(paths(), [])
})
