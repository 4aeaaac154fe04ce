import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createFakeServices } from '../../../test/fixtures/fake-services.ts'
import { vmView } from '../../../test/fixtures/views.ts'
import { logIn, visit } from '../../../test/fixtures/visitor.ts'
import { pollUntil } from '../../core/deadline.ts'
import { createHttpServer, type HttpServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-screen-'))
const vncSocket = join(folder, 'vnc.sock')
const token = 'a-secret'
const services = createFakeServices()
let server: HttpServer
let display: Server
let port: number
let own: string
let cookie: string
/** Connections to the display, oldest first. */
const displays: Socket[] = []

before(async () => {
  services.vms.push(
    vmView({ id: 'aaaa', name: 'web01', state: 'running', vncSocket }),
    vmView({ id: 'bbbb', name: 'off' }),
    vmView({ id: 'cccc', name: 'gone', state: 'running', vncSocket: join(folder, 'none.sock') }),
  )
  display = createServer((socket) => {
    displays.push(socket)
    socket.on('error', () => {}) // the other end went
    socket.write('RFB 003.008\n')
  }).listen(vncSocket)
  await once(display, 'listening')
  server = createHttpServer({ services, token })
  const socketPath = join(folder, 's')
  port = (await server.listen({ socketPath, tcp: { host: '127.0.0.1', port: 0 } })).tcp?.port ?? 0
  own = `http://127.0.0.1:${port}`
  cookie = await logIn(port, token)
})

after(async () => {
  for (const socket of displays) socket.destroy()
  display.close()
  await server.close()
  rmSync(folder, { recursive: true })
})

/** The client that Node has sends no headers of ours; the type of its options does not know that it takes some. */
function open(vm: string, headers: Record<string, string>, at = port): WebSocket {
  const options = { headers } as unknown as string[]
  return new WebSocket(`ws://127.0.0.1:${at}/api/v1/vms/${vm}/screen`, options)
}

/** A browser and the display that it sees. */
async function opened(headers: Record<string, string> = { cookie, origin: own }) {
  const connected = once(display, 'connection') as Promise<[Socket]>
  const browser = open('web01', headers)
  browser.binaryType = 'arraybuffer'
  const [[screen]] = await Promise.all([connected, once(browser, 'open')])
  return { browser, screen }
}

/** Asks for the upgrade by hand. */
async function upgraded(path: string, headers: Record<string, string>) {
  const request = http.request({
    ...{ host: '127.0.0.1', port, path, agent: false },
    headers: {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      ...{ 'sec-websocket-key': Buffer.from('0123456789abcdef').toString('base64'), ...headers },
    },
  })
  request.end()
  return await new Promise<{ response: http.IncomingMessage; socket: Socket | null }>((resolve, reject) => {
    request.on('response', (response) => resolve({ response, socket: null }))
    request.on('upgrade', (response, socket: Socket) => resolve({ response, socket }))
    request.on('error', reject)
  })
}

/** The status, and the code of the problem. */
async function upgrade(path: string, headers: Record<string, string>) {
  const { response, socket } = await upgraded(path, headers)
  socket?.destroy()
  if (socket) return [response.statusCode]
  const text = Buffer.concat(await response.toArray()).toString()
  return [response.statusCode, (JSON.parse(text) as { code: string }).code]
}

test('what browser and display say to each other gets through, in both directions', async () => {
  const { browser, screen } = await opened()
  const heard: Buffer[] = []
  browser.addEventListener('message', ({ data }) => heard.push(Buffer.from(data as ArrayBuffer)))
  const said = once(screen, 'data')
  browser.send(Buffer.from([1, 2, 0, 255]))
  assert.deepEqual((await said)[0], Buffer.from([1, 2, 0, 255]))
  const much = Buffer.alloc(5_000_000, 'pixels')
  screen.write(much)
  const all = () => Buffer.concat(heard)
  await pollUntil(() => (all().length >= much.length ? true : undefined), {
    timeoutMs: 20_000,
    everyMs: 5,
    what: 'The picture',
  })
  assert.ok(all().subarray(-much.length).equals(much))
  const ended = new Promise((resolve) => screen.once('close', resolve))
  browser.close()
  await ended
})

test('when the display ends, the browser is told', async () => {
  const { browser, screen } = await opened()
  screen.destroy()
  const [event] = (await once(browser, 'close')) as [CloseEvent]
  assert.deepEqual([event.code, event.reason], [1001, 'The display has ended.'])
})

test('a display that cannot be reached is told, not waited for', async () => {
  const browser = open('gone', { cookie, origin: own })
  const [event] = (await once(browser, 'close')) as [CloseEvent]
  assert.deepEqual([event.code, event.reason], [1011, 'The display of the VM cannot be reached.'])
})

test('a browser that reads nothing keeps the display from sending more than a little', async () => {
  const connected = once(display, 'connection') as Promise<[Socket]>
  const { socket: silent } = await upgraded('/api/v1/vms/web01/screen', { cookie, origin: own })
  assert.ok(silent)
  silent.pause()
  const [screen] = await connected
  const total = 64
  let taken = 0
  for (let count = 0; count < total; count++) screen.write(Buffer.alloc(1024 * 1024), () => taken++)
  let last = -1
  await pollUntil(
    () => {
      const stands = taken === last ? true : undefined
      last = taken
      return stands
    },
    { timeoutMs: 20_000, everyMs: 300, what: 'The standstill' },
  )
  assert.ok(taken < total / 2, `${taken} MiB of ${total} were taken`)
  const ended = new Promise((resolve) => screen.once('close', resolve))
  silent.destroy()
  await ended
})

test('a page of another site, a stranger, and who only has the cookie, get no display', async () => {
  const before = displays.length
  const path = '/api/v1/vms/web01/screen'
  const refused = [401, 'unauthorized']
  assert.deepEqual(await upgrade(path, { origin: own }), refused)
  assert.deepEqual(await upgrade(path, { origin: own, cookie: `${cookie}x` }), refused)
  for (const origin of [
    'https://evil.example',
    'null',
    `http://127.0.0.1:${port + 1}`,
    `${own}.evil.example`,
  ])
    assert.deepEqual(await upgrade(path, { cookie, origin }), refused, origin)
  assert.deepEqual(await upgrade(path, { cookie }), refused)
  assert.deepEqual(await upgrade(path, { cookie, origin: own, 'sec-fetch-site': 'cross-site' }), refused)
  const host = 'rebound.example'
  assert.deepEqual(await upgrade(path, { cookie, host, origin: `http://${host}` }), refused)
  for (const open of ['/', '/assets/x.js', '/api/v1/session'])
    assert.deepEqual(await upgrade(open, { origin: 'https://evil.example' }), refused, open)
  assert.equal(displays.length, before)
  assert.deepEqual(await upgrade(path, { cookie, origin: own }), [101])
  assert.deepEqual(await upgrade(path, { authorization: `Bearer ${token}` }), [101])
})

test('whoever is refused is hung up on, and holds no connection', async () => {
  for (const path of ['/api/v1/vms/web01/screen', '/', '/%zz', '/api/v1/nothing']) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`,
    )
    const answer = Buffer.concat(await socket.toArray()).toString() // until the other side ends
    assert.match(answer, /^HTTP\/1\.1 40[01] /, path)
    socket.destroy()
  }
})

test('a VM that is off has no display, and whoever asks is told why', async () => {
  const path = '/api/v1/vms/off/screen'
  assert.deepEqual(await upgrade(path, { cookie, origin: own }), [409, 'vm_state'])
  assert.deepEqual(await upgrade('/api/v1/vms/none/screen', { cookie, origin: own }), [404, 'vm_not_found'])
  assert.equal((await visit(port, { path, headers: { cookie } })).code, 'vm_state')
  const plain = await visit(port, { path: '/api/v1/vms/web01/screen', headers: { cookie } })
  assert.deepEqual([plain.status, plain.code], [400, 'invalid_request'])
})

test('a picture is a picture, and a width that is none is refused', async () => {
  const picture = await visit(port, { path: '/api/v1/vms/web01/screenshot?width=320', headers: { cookie } })
  assert.deepEqual([picture.status, picture.headers['content-type']], [200, 'image/png'])
  assert.equal(
    (await visit(port, { path: '/api/v1/vms/off/screenshot', headers: { cookie } })).code,
    'vm_state',
  )
  for (const width of ['0', '-1', '1.5', 'wide', '99999', '']) {
    const path = `/api/v1/vms/web01/screenshot?width=${width}`
    assert.equal((await visit(port, { path, headers: { cookie } })).status, 400, width)
  }
})

test('a display that is open keeps the daemon from nothing', async () => {
  const other = createHttpServer({ services, token })
  const socketPath = join(folder, 'other')
  const { tcp } = await other.listen({ socketPath, tcp: { host: '127.0.0.1', port: 0 } })
  const browser = open('web01', { authorization: `Bearer ${token}` }, tcp?.port)
  await once(browser, 'open')
  const [[event]] = (await Promise.all([once(browser, 'close'), other.close()])) as [[CloseEvent], unknown]
  assert.equal(event.code, 1001)
  assert.ok(!existsSync(socketPath))
})
