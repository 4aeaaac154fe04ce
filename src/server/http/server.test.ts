import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createFakeServices } from '../../../test/fixtures/fake-services.ts'
import { vmView } from '../../../test/fixtures/views.ts'
import { createHttpServer, type HttpServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-http-'))
const socketPath = join(folder, 's.sock')
const services = createFakeServices()
const token = 'a-secret'
let server: HttpServer
let port: string

before(async () => {
  services.vms.push(vmView({ id: 'aaaa', name: 'web01' }))
  // What a daemon that was killed leaves behind.
  const dead = http.createServer().listen(`${socketPath}.dead`)
  await once(dead, 'listening')
  renameSync(`${socketPath}.dead`, socketPath)
  dead.close()
  server = createHttpServer({ services, token })
  const { tcp } = await server.listen({ socketPath, tcp: { host: '127.0.0.1', port: 0 } })
  port = String(tcp?.port)
})

after(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

test('the socket is for its owner only', () => {
  assert.equal(statSync(socketPath).mode & 0o777, 0o600)
})

test('a file that is no socket is not replaced', async () => {
  const path = join(folder, 'file')
  writeFileSync(path, 'precious')
  const other = createHttpServer({ services })
  await assert.rejects(other.listen({ socketPath: path }), { code: 'io_error', message: /not a socket/ })
  await assert.rejects(other.listen({ socketPath: `/${'x'.repeat(120)}` }), { code: 'io_error' })
  await other.close()
})

test('TCP without a token is refused', async () => {
  const other = createHttpServer({ services })
  const tcp = { host: '127.0.0.1', port: 0 }
  await assert.rejects(other.listen({ socketPath: join(folder, 'o'), tcp }), { code: 'invalid_request' })
  await other.close()
})

test('errors are problem documents with their code and status', async () => {
  const cases = [
    { method: 'GET', path: '/vms/none', status: 404, code: 'vm_not_found' },
    { method: 'GET', path: '/nothing', status: 404, code: 'route_not_found' },
    { method: 'GET', path: '/tasks/none', status: 404, code: 'task_not_found' },
    { method: 'POST', path: '/vms', body: '{', status: 400, code: 'invalid_request' },
    { method: 'POST', path: '/vms', body: '{"name":"Web01"}', status: 409, code: 'name_taken' },
    { method: 'DELETE', path: '/vms/web01', status: 400, code: 'confirmation_required' },
  ]
  for (const { method, path, body, status, code } of cases) {
    const answer = await call({ method, path, body })
    assert.equal(answer.status, status, path)
    assert.equal(answer.type, 'application/problem+json')
    const problem = answer.json as { code: string; status: number; detail: string; title: string }
    assert.equal(problem.code, code)
    assert.equal(problem.status, status)
    assert.ok(problem.detail && problem.title)
  }
})

test('a wrong value is refused with the name of its field', async () => {
  const body = JSON.stringify({
    name: 'x',
    cpus: 0,
    disks: [{ source: 'empty', sizeBytes: 1 }],
    colour: 'red',
  })
  const { status, json } = await call({ method: 'POST', path: '/vms', body })
  assert.equal(status, 400)
  const { detail } = json as { detail: string }
  assert.match(detail, /body of the request is not valid/)
  for (const field of ['"cpus"', '"disks[0].sizeBytes"', '"colour"'])
    assert.ok(detail.includes(field), detail)
  assert.match(detail, /"cpus": it has to be at least 1;/)
  const query = await call({ path: '/tasks?limit=0' })
  assert.match((query.json as { detail: string }).detail, /query of the request is not valid. "limit"/)
})

test('an answer that does not fit its schema is an internal error, not a wrong answer', async () => {
  const { listVms } = services
  const broken = [{ name: 'half a VM' }] as unknown as ReturnType<typeof listVms>
  services.listVms = async () => broken
  const { status, json } = await call({ path: '/vms' })
  services.listVms = listVms
  assert.equal(status, 500)
  assert.equal((json as { code: string }).code, 'internal')
})

test('work is answered with its task, also when the body is left out', async () => {
  for (const path of ['/vms/web01/start', '/vms/WEB01/stop', '/vms/aaaa/checkpoints']) {
    const { status, json } = await call({ method: 'POST', path })
    assert.equal(status, 202, path)
    const task = json as { id: string; state: string }
    assert.equal(task.state, 'running')
    await services.tasks.drain({ abort: false })
    const ended = await call({ path: `/tasks/${task.id}` })
    assert.equal((ended.json as { state: string }).state, 'succeeded')
  }
  assert.equal((await call({ method: 'POST', path: '/vms/web01/merge' })).status, 204)
  const tasks = await call({ path: '/tasks?vm=web01&limit=2' })
  assert.equal((tasks.json as unknown[]).length, 2)
})

test('over TCP the token is needed, and right', async () => {
  const cases = [
    { headers: {}, status: 401 },
    { headers: { authorization: 'Bearer wrong' }, status: 401 },
    { headers: { authorization: token }, status: 401 },
    { headers: { authorization: `Bearer ${token}` }, status: 200 },
  ]
  for (const { headers, status } of cases) {
    const answer = await call({ path: '/vms', port, headers })
    assert.equal(answer.status, status)
    if (status === 401) assert.equal((answer.json as { code: string }).code, 'unauthorized')
  }
  assert.equal((await call({ path: '/nothing', port })).status, 401)
})

test('over TCP a request that comes from a page of another site is refused', async () => {
  const authorization = `Bearer ${token}`
  const own = `127.0.0.1:${port}`
  const cases = [
    { headers: { host: own, origin: `http://${own}` }, status: 200 },
    { headers: { host: `localhost:${port}` }, status: 200 },
    { headers: { host: `[::1]:${port}` }, status: 200 },
    { headers: { host: 'rebound.example' }, status: 401 },
    { headers: { host: own, origin: 'https://evil.example' }, status: 401 },
    { headers: { host: own, origin: 'null' }, status: 401 },
    { headers: { host: own, 'sec-fetch-site': 'cross-site' }, status: 401 },
  ]
  for (const { headers, status } of cases) {
    const answer = await call({ path: '/health', port, headers: { ...headers, authorization } })
    assert.equal(answer.status, status, JSON.stringify(headers))
  }
})

test('events are streamed, and a client that goes is forgotten', async () => {
  const request = http.get({ socketPath, path: '/api/v1/events' })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  assert.equal(response.headers['content-type'], 'text/event-stream')
  response.setEncoding('utf8')
  let text = ''
  response.on('data', (chunk: string) => {
    text += chunk
  })
  services.events.publish({ type: 'vm.changed', vmId: 'aaaa' })
  while (!text.includes('data:')) await once(response, 'data')
  assert.match(text, /^: open\n\nevent: vm.changed\ndata: {"type":"vm.changed","vmId":"aaaa"}\n\n$/)
  request.destroy()
})

test('closing ends open streams', async () => {
  const path = join(folder, 'other.sock')
  const other = createHttpServer({ services })
  await other.listen({ socketPath: path })
  const [response] = (await once(http.get({ socketPath: path, path: '/api/v1/events' }), 'response')) as [
    http.IncomingMessage,
  ]
  response.resume()
  await Promise.all([other.close(), once(response, 'end')])
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined)
})

interface Call {
  readonly path: string
  readonly method?: string
  readonly body?: string | undefined
  readonly port?: string
  readonly headers?: Record<string, string>
}

async function call({ path, method = 'GET', body, port, headers = {} }: Call) {
  const where = port === undefined ? { socketPath } : { host: '127.0.0.1', port }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const request = http.request({ ...where, method, path: `/api/v1${path}`, headers: { ...headers, ...type } })
  request.end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const text = (await response.setEncoding('utf8').toArray()).join('')
  const json: unknown = text === '' ? null : JSON.parse(text)
  return { status: response.statusCode, type: response.headers['content-type'], json }
}

test('clients that have sent half a request, or nothing, keep no server from closing', async () => {
  const other = createHttpServer({ services, token })
  const path = join(folder, 'rude')
  const { tcp } = await other.listen({ socketPath: path, tcp: { host: '127.0.0.1', port: 0 } })
  const said = [
    '',
    'GET / HTTP/1.1\r\nHo',
    'POST /api/v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{',
  ]
  const clients = [{ path }, { port: tcp?.port ?? 0, host: '127.0.0.1' }].flatMap((where) =>
    said.map((text) =>
      connect(where).once('connect', function (this: Socket) {
        this.write(text)
      }),
    ),
  )
  await Promise.all(clients.map((client) => once(client, 'connect')))
  const ends = clients.map((client) => {
    client.on('error', () => {}) // cut off
    return new Promise((resolve) => client.resume().once('close', resolve))
  })
  await Promise.all([other.close(), ...ends])
})
