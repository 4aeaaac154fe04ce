import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createFakeServices } from '../../test/fixtures/fake-services.ts'
import { vmView } from '../../test/fixtures/views.ts'
import { vmRowSchema } from '../contract/vm.ts'
import { createHttpServer } from '../server/http/server.ts'
import { createClient } from './client.ts'
import { watchTask } from './watch-task.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-client-'))
const socketPath = join(folder, 's.sock')
const services = createFakeServices()
const server = createHttpServer({ services, token: 'secret' })
const local = createClient({ socketPath })
let url = ''

before(async () => {
  services.vms.push(vmView({ id: 'aaaa', name: 'web 01/ä' }))
  const { tcp } = await server.listen({ socketPath, tcp: { host: '127.0.0.1', port: 0 } })
  url = `http://127.0.0.1:${tcp?.port}`
})

after(async () => {
  await local.close()
  await server.close()
  rmSync(folder, { recursive: true })
})

test('answers are typed views, over the socket and over TCP', async () => {
  const remote = createClient({ url, token: 'secret' })
  for (const client of [local, remote]) {
    assert.equal((await client.health()).pid, process.pid)
    assert.deepEqual(await client.listVms(), services.vms)
    assert.equal((await client.showVm('WEB 01/Ä')).id, 'aaaa')
    const rows = services.vms.map((vm) => vmRowSchema.parse(vm))
    assert.deepEqual([await client.listVmRows(), [await client.showVmRow('WEB 01/Ä')]], [rows, rows])
    assert.equal(await client.mergeVm('aaaa'), null)
  }
  await remote.close()
})

test("the daemon's errors come back as they were thrown", async () => {
  await assert.rejects(local.showVm('none'), { code: 'vm_not_found', details: { vm: 'none' } })
  await assert.rejects(local.createVm({ name: '  ' }), { code: 'invalid_name' })
  await assert.rejects(local.removeVm('aaaa', { confirm: false }), { code: 'confirmation_required' })
  const stranger = createClient({ url, token: null })
  await assert.rejects(stranger.health(), { code: 'unauthorized' })
  await stranger.close()
})

test('where no daemon is, the error says why', async () => {
  const absent = createClient({ socketPath: join(folder, 'none.sock') })
  await assert.rejects(absent.health(), {
    code: 'daemon_unreachable',
    message: /no such socket/,
  })
  const closed = createClient({ url: 'http://127.0.0.1:1', token: null })
  await assert.rejects(closed.health(), { code: 'daemon_unreachable', message: /nothing listens there/ })
  assert.throws(() => createClient({ url: 'localhost', token: null }), { code: 'invalid_request' })
  await Promise.all([absent.close(), closed.close()])
})

test('what is no daemon is told apart from one', async () => {
  const page = createServer((_request, response) => response.end('<html>'))
  await new Promise<void>((resolve) => page.listen(join(folder, 'page.sock'), resolve))
  const client = createClient({ socketPath: join(folder, 'page.sock') })
  await assert.rejects(client.health(), { code: 'internal', message: /answer to GET \/health/ })
  await client.close()
  page.close()
})

test('a task is watched to its end, and seen on its way', async () => {
  services.stepMs = 30
  const { id } = await local.createCheckpoint('aaaa', { name: 'one' })
  const seen: number[] = []
  const task = await local.watchTask(id, ({ percent }) => seen.push(percent))
  assert.equal(task.state, 'succeeded')
  assert.ok(seen.length >= 2, `${seen}`)
  services.stepMs = 1
})

test('a watched task ends also where there is no event stream', async () => {
  services.stepMs = 50
  const { id } = await local.startVm('aaaa')
  const source = {
    showTask: local.showTask,
    events: () => {
      throw new Error('no stream')
    },
  }
  assert.equal((await watchTask(source, id, () => {})).state, 'succeeded')
  services.stepMs = 1
})

test('watching ends with the reason of its signal; the task goes on', async () => {
  services.stepMs = 30
  const { id } = await local.pauseVm('aaaa')
  const abort = new AbortController()
  const watched = local.watchTask(id, () => abort.abort(new Error('enough')), abort.signal)
  await assert.rejects(watched, { message: 'enough' })
  assert.equal((await local.showTask(id)).state, 'running')
  await local.cancelTask(id)
  const ended = await local.watchTask(id, () => {})
  assert.deepEqual([ended.state, ended.error?.code], ['cancelled', 'cancelled'])
  await assert.rejects(local.cancelTask(id), { code: 'invalid_request' })
  services.stepMs = 1
})

test('events arrive from when the stream is open', async () => {
  const notice = { type: 'notice', vmId: 'aaaa', level: 'warning', message: 'Full soon.' } as const
  const onOpen = () => services.events.publish(notice)
  for await (const event of local.events({ onOpen })) {
    assert.deepEqual(event, notice)
    break
  }
})
