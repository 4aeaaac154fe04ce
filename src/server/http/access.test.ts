import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { createFakeServices } from '../../../test/fixtures/fake-services.ts'
import { vmView } from '../../../test/fixtures/views.ts'
import { logIn, type Visit, visit } from '../../../test/fixtures/visitor.ts'
import { createHttpServer, type HttpServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-access-'))
const token = 'a-secret'
let nowMs = Date.UTC(2026, 0, 2)
const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
const services = createFakeServices()
let server: HttpServer
let port: number
let own: string
let cookie: string

/** On another port, with another token, as a daemon is that was started again. */
async function startServer(name: string, itsToken: string) {
  const started = createHttpServer({ services, token: itsToken, hostNames: ['Box'], clock })
  const { tcp } = await started.listen({
    socketPath: join(folder, name),
    tcp: { host: '127.0.0.1', port: 0 },
  })
  return { started, port: tcp?.port ?? 0 }
}

before(async () => {
  services.vms.push(vmView({ id: 'aaaa', name: 'web01' }))
  const { started, port: its } = await startServer('s', token)
  server = started
  port = its
  own = `http://127.0.0.1:${port}`
})

beforeEach(async () => {
  nowMs += 60_000 // whatever the test before did wrong is forgotten
  cookie = await logIn(port, token)
})

after(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const api = (path: string, more: Omit<Visit, 'path'> = {}) => visit(port, { ...more, path: `/api/v1${path}` })
const tryToken = (given: string) => api('/session', { method: 'POST', body: { token: given } })

test('a browser logs in with the token, is shown until when, and logs out', async () => {
  const answer = await api('/session', { method: 'POST', body: { token: ` ${token}\n` } })
  assert.equal(answer.status, 200)
  const { expiresAt } = JSON.parse(answer.text) as { expiresAt: string }
  assert.equal(Date.parse(expiresAt), nowMs + 7 * 24 * 3600 * 1000)
  assert.equal((await api('/session')).status, 401)
  assert.equal((await api('/session', { headers: { cookie } })).text, JSON.stringify({ expiresAt }))
  assert.equal((await api('/vms', { headers: { cookie } })).status, 200)
  const out = await api('/session', { method: 'DELETE', headers: { cookie, origin: own } })
  assert.equal(out.status, 204)
  assert.match(
    out.headers['set-cookie']?.[0] ?? '',
    /^stillpoint_session_[0-9a-f]{12}=;.*Expires=Thu, 01 Jan 1970/,
  )
})

test('a token is no session, and asking for one with it says so', async () => {
  const answer = await api('/session', { headers: { authorization: `Bearer ${token}` } })
  assert.deepEqual([answer.status, answer.code], [401, 'unauthorized'])
})

test("no script can read the session's cookie, and no other site makes a browser send it", async () => {
  const flags = async (headers: Record<string, string>) => {
    const answer = await api('/session', { method: 'POST', body: { token }, headers })
    return (answer.headers['set-cookie']?.[0] ?? '').split('; ').slice(1).toSorted()
  }
  const expires = `Expires=${new Date(nowMs + 7 * 24 * 3600 * 1000).toUTCString()}`
  assert.deepEqual(await flags({}), [expires, 'HttpOnly', 'Path=/', 'SameSite=Strict'])
  assert.ok((await flags({ 'x-forwarded-proto': 'https' })).includes('Secure'))
})

test('a wrong token is refused, and after ten of them every token for a while', async () => {
  for (let count = 0; count < 10; count++) {
    const answer = await tryToken(`guess ${count}`)
    assert.deepEqual([answer.status, answer.code], [401, 'unauthorized'])
    assert.equal(answer.headers['set-cookie'], undefined)
    nowMs += 100
  }
  const answers = [
    await tryToken(token),
    await api('/vms', { headers: { authorization: `Bearer ${token}` } }),
    await api('/vms', { headers: { authorization: 'Bearer guess' } }),
  ]
  for (const { status, code, headers } of answers) {
    assert.deepEqual([status, code, headers['retry-after']], [429, 'too_many_attempts', '59'])
  }
  assert.equal((await api('/vms', { headers: { cookie } })).status, 200, 'whoever is logged in stays so')
  nowMs += 60_000
  assert.equal((await tryToken(token)).status, 200)
})

test('guesses in a header count as those at the login do', async () => {
  for (let count = 0; count < 10; count++) {
    const answer = await api('/vms', { headers: { authorization: `Bearer guess${count}` } })
    assert.equal(answer.status, 401)
  }
  assert.equal((await tryToken(token)).code, 'too_many_attempts')
})

test('a login without a token, or with something else, is refused as a malformed request', async () => {
  for (const body of [{}, { token: '' }, { token: 1 }, { token: 'x'.repeat(1001) }, { token, more: 1 }, []]) {
    const answer = await api('/session', { method: 'POST', body })
    assert.deepEqual([answer.status, answer.code], [400, 'invalid_request'])
  }
})

test('a page of another site cannot log its visitor in or change anything with his session', async () => {
  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${port + 1}` },
    { origin: `http://localhost:${port}` },
    { origin: `${own}.evil.example` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: own },
  ]
  const attempts: Visit[] = [
    { method: 'POST', path: '/vms/web01/start' },
    { method: 'PATCH', path: '/vms/web01', body: { name: 'hijacked' } },
    { method: 'DELETE', path: '/vms/web01?confirm=true' },
    { method: 'GET', path: '/vms' },
    { method: 'POST', path: '/session', body: { token } },
    { method: 'DELETE', path: '/session' },
  ]
  for (const headers of foreign) {
    for (const attempt of attempts) {
      const answer = await api(attempt.path, { ...attempt, headers: { ...headers, cookie } })
      const what = `${attempt.method} ${attempt.path} ${JSON.stringify(headers)}`
      assert.deepEqual([answer.status, answer.code], [401, 'unauthorized'], what)
      assert.equal(answer.headers['set-cookie'], undefined, what)
    }
  }
  assert.deepEqual(
    services.vms.map(({ name, state }) => [name, state]),
    [['web01', 'off']],
  )
  assert.equal(services.tasks.running().length, 0)
})

test('a session alone changes nothing: the request has to say that it comes from a page of ours', async () => {
  const start = (headers: Record<string, string>) =>
    api('/vms/web01/pause', { method: 'POST', headers: { ...headers, cookie } })
  for (const headers of [{}, { 'sec-fetch-site': 'none' }]) assert.equal((await start(headers)).status, 401)
  for (const headers of [{ origin: own }, { 'sec-fetch-site': 'same-origin' }])
    assert.equal((await start(headers)).status, 202)
  await services.tasks.drain({ abort: false })
})

test('a page whose name was rebound to this address gets nothing, not even the console', async () => {
  for (const host of [
    'rebound.example',
    `rebound.example:${port}`,
    'localhost.evil.example',
    '[::1',
    'a b',
  ]) {
    for (const path of ['/api/v1/vms', '/api/v1/session', '/', '/assets/x.js']) {
      const answer = await visit(port, { path, headers: { host, cookie, accept: 'text/html' } })
      assert.ok([400, 401].includes(answer.status), `${host} ${path}`)
      assert.ok(!answer.text.includes('web01'))
    }
  }
  for (const host of [`localhost:${port}`, `box:${port}`, 'BOX', '[::1]', '192.0.2.1:80'])
    assert.equal((await api('/vms', { headers: { host, cookie } })).status, 200, host)
})

test('a cookie that was forged, signed with another token or is over is no session', async () => {
  const other = await startServer('other', 'another-secret')
  const [name, value = ''] = cookie.split('=')
  const forged = [
    await logIn(other.port, 'another-secret'),
    `${name}=${(await logIn(other.port, 'another-secret')).split('=')[1]}`,
    `${name}=`,
    `${name}=9999999999999.${'A'.repeat(43)}`,
    `${name}=${Number(value.split('.')[0]) + 1}.${value.split('.')[1]}`,
    `${name}=%00`,
    `${name}=${token}`,
    `other=${value}`,
  ]
  await other.started.close()
  for (const each of forged) {
    const answer = await api('/vms', { headers: { cookie: each, origin: own } })
    assert.deepEqual([answer.status, answer.code], [401, 'unauthorized'], each)
  }
  nowMs += 7 * 24 * 3600 * 1000 - 1
  assert.equal((await api('/vms', { headers: { cookie } })).status, 200)
  nowMs += 1
  assert.equal((await api('/vms', { headers: { cookie } })).status, 401)
})

test('who logs in to another daemon of the host stays logged in here', async () => {
  const other = await startServer('neighbour', 'another-secret')
  const theirs = await logIn(other.port, 'another-secret')
  // A browser sends each the cookies of both, and of two with one name those of the last.
  const jar = new Map([cookie, theirs].map((each) => each.split('=') as [string, string]))
  const both = [...jar].map((pair) => pair.join('=')).join('; ')
  for (const to of [port, other.port])
    assert.equal((await visit(to, { path: '/api/v1/vms', headers: { cookie: both } })).status, 200)
  await other.started.close()
})

test('a session is still good for a daemon that was started again with its token', async () => {
  const again = await startServer('again', token)
  const answer = await visit(again.port, { path: '/api/v1/vms', headers: { cookie } })
  await again.started.close()
  assert.equal(answer.status, 200)
})

test('a client that offers HTTP/2 is served without it', async () => {
  const headers = { authorization: `Bearer ${token}`, connection: 'Upgrade', upgrade: 'h2c' }
  assert.equal((await api('/vms', { headers })).status, 200)
})

test('no way of writing an address leads around the login', async () => {
  const paths = [
    ...[
      '/api/v1/vms',
      '/api/v1/vms/',
      '/api/v1/vms?x=/assets/',
      '/api/v1/nothing',
      '/api',
      '/api/',
      '/api/v2/vms',
    ],
    ...['/%61pi/v1/vms', '/api%2fv1/vms', '/api/v1/%76ms', '/api/v1/vms/web01', '/api/v1/openapi.json'],
    ...['//api/v1/vms', '/./api/v1/vms', '/assets/../api/v1/vms', '/assets/%2e%2e/api/v1/vms', '/API/v1/vms'],
    ...['/api/v1/vms;.js', '/api/v1/vms#/assets', '/api\\v1\\vms', `${own}/api/v1/vms`, '/api/v1/events'],
  ]
  for (const path of paths) {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE']) {
      const answer = await visit(port, { path, method })
      assert.ok(answer.status >= 400, `${method} ${path}: ${answer.status}`)
      assert.ok(!answer.text.includes('aaaa') && !answer.text.includes('checkpointPolicy'), path)
    }
  }
})
