import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createFakeServices } from '../../../test/fixtures/fake-services.ts'
import { logIn, visit } from '../../../test/fixtures/visitor.ts'
import { pollUntil } from '../../core/deadline.ts'
import { createHttpServer, type HttpServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-events-'))
const token = 'a-secret'
const services = createFakeServices()
/** Who listens to the events of the services. */
let listeners = 0
let server: HttpServer
let port: number
let cookie: string

before(async () => {
  const { subscribe } = services.events
  services.events.subscribe = (listener) => {
    listeners++
    const unsubscribe = subscribe(listener)
    return () => {
      listeners--
      unsubscribe()
    }
  }
  server = createHttpServer({ services, token })
  const { tcp } = await server.listen({ socketPath: join(folder, 's'), tcp: { host: '127.0.0.1', port: 0 } })
  port = tcp?.port ?? 0
  cookie = await logIn(port, token)
})

after(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const waitUntil = (what: string, is: () => boolean) =>
  pollUntil(() => (is() ? true : undefined), { timeoutMs: 20_000, everyMs: 5, what })

function open(headers: Record<string, string>): WebSocket {
  // The type of its options does not know that Node's own takes headers.
  return new WebSocket(`ws://127.0.0.1:${port}/api/v1/events`, { headers } as unknown as string[])
}

test('a page gets every event as a message, after one that says that it listens', async () => {
  const socket = open({ cookie, origin: `http://127.0.0.1:${port}` })
  const heard: string[] = []
  socket.addEventListener('message', ({ data }) => heard.push(String(data)))
  await once(socket, 'message')
  assert.equal(listeners, 1)
  const events = [
    { type: 'vm.changed', vmId: 'aaaa' },
    { type: 'notice', vmId: null, level: 'info', message: '<b>ä</b>' },
  ] as const
  for (const event of events) services.events.publish(event)
  await waitUntil('both events', () => heard.length >= 3)
  assert.deepEqual([heard[0], ...heard.slice(1).map((each) => JSON.parse(each))], ['', ...events])
  socket.close()
  await waitUntil('it is forgotten', () => listeners === 0)
})

test('a page of another site, and who has no session, hears nothing', async () => {
  for (const headers of [
    { cookie, origin: 'https://evil.example' },
    { cookie },
    { origin: `http://127.0.0.1:${port}` },
  ])
    await once(open(headers as Record<string, string>), 'error')
  assert.equal(listeners, 0)
})

test('asking for the headers alone opens no stream', async () => {
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await visit(port, { method: 'HEAD', path: '/api/v1/events', headers })).status, 404)
  assert.equal(listeners, 0)
})

test('who sends what is no WebSocket, or reads nothing, is cut off and forgotten', async () => {
  const begin = async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}) // cut off
    socket.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`,
    )
    await waitUntil('it listens', () => listeners === 1)
    return socket
  }
  const malformed = [
    [0xff, 0xff, 0xff, 0xff], // bits that are reserved
    [0x81, 0x01, 0x41], // not masked
    [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], // of 2⁶³ bytes
    [0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0], // a ping that is too long
    [0x80, 0x80, 0, 0, 0, 0], // the rest of nothing
    [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], // not UTF-8
    [0x88, 0x82, 0, 0, 0, 0, 0x00, 0x01], // ends with a code that there is not
  ]
  for (const bytes of malformed) {
    const socket = await begin()
    socket.resume().write(Buffer.from(bytes))
    await waitUntil(`${bytes} is cut off`, () => listeners === 0)
    socket.destroy()
  }
  const silent = (await begin()).pause()
  await waitUntil('who reads nothing is cut off', () => {
    for (let index = 0; index < 100; index++)
      services.events.publish({ type: 'notice', vmId: null, level: 'info', message: 'x'.repeat(10_000) })
    return listeners === 0
  })
  silent.destroy()
})
