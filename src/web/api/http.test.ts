import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { ApiError, request, whenUnauthorized } from './http.ts'

afterEach(() => mock.reset())

const answers = (give: () => Response | Promise<Response>) =>
  mock.method(globalThis, 'fetch', async () => await give())
const failure = (path: string, options = {}) =>
  request(path, options).then(
    () => assert.fail('it did not fail'),
    (error: unknown) => {
      assert.ok(error instanceof ApiError, String(error))
      return error
    },
  )

test('a refusal is told in the words of the daemon, with its code and details', async () => {
  const problem = { code: 'vm_state', detail: 'VM "web" is off.', details: { state: 'off' } }
  answers(() => new Response(JSON.stringify(problem), { status: 409 }))
  const { code, message, details } = await failure('/vms/web/pause')
  assert.deepEqual([code, message, details], ['vm_state', 'VM "web" is off.', { state: 'off' }])
})

test('no answer is told as such; of what is not only read it is said that it may have begun', async () => {
  answers(() => Promise.reject(new TypeError('fetch failed')))
  const read = await failure('/vm-rows')
  const done = await failure('/vms/web/start', { method: 'POST' })
  assert.deepEqual([read.code, done.code], ['daemon_unreachable', 'daemon_unreachable'])
  assert.match(read.message, /tried again/)
  assert.match(done.message, /not known/)
})

test('an answer that breaks off is no answer', async () => {
  const broken = new ReadableStream({ start: (body) => body.error(new TypeError('terminated')) })
  answers(() => new Response(broken))
  assert.equal((await failure('/vm-rows')).code, 'daemon_unreachable')
})

test('a page of something between browser and daemon is told as what it is', async () => {
  answers(() => new Response('<h1>Hotel network</h1>'))
  assert.match((await failure('/vm-rows')).message, /status 200: <h1>Hotel/)
  answers(() => new Response('<h1>Bad gateway</h1>', { status: 502 }))
  assert.match((await failure('/vm-rows')).message, /status 502: <h1>Bad/)
})

test('a session that has ended is told to the page, but not when the session itself is asked for', async () => {
  const lost = mock.fn()
  whenUnauthorized(lost)
  const problem = { code: 'unauthorized', detail: 'Log in first.', details: {} }
  answers(() => new Response(JSON.stringify(problem), { status: 401 }))
  await failure('/session')
  assert.equal(lost.mock.callCount(), 0)
  await failure('/vm-rows')
  assert.equal(lost.mock.callCount(), 1)
})
