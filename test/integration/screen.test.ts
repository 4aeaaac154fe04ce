import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { inflateSync } from 'node:zlib'
import { pollUntil } from '../../src/core/deadline.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { holdSaving } from '../fixtures/hold.ts'
import { RfbViewer } from '../fixtures/rfb-viewer.ts'
import { logIn, visit } from '../fixtures/visitor.ts'

/** The display of a real guest, as a browser gets it: over TCP, with a session. */
describe('The screen of a VM', () => {
  let daemon: TestDaemon
  let vm: GuestVm
  let port: number
  let cookie: string

  before(async () => {
    daemon = await TestDaemon.start({ STILLPOINT_LISTEN: '127.0.0.1:0' })
    await reached()
    vm = await GuestVm.create(daemon, 'screen', {
      diskMiB: 64,
      display: 'vnc',
      settings: { checkpointPolicy: 'Standard' },
    })
    await vm.boot()
  })
  after(() => daemon[Symbol.asyncDispose]())

  async function reached(): Promise<void> {
    const { console } = await daemon.client.health()
    assert.ok(console)
    port = Number(new URL(console.url).port)
    cookie = await logIn(port, readFileSync(console.tokenFile, 'utf8').trim())
  }

  const open = () =>
    RfbViewer.open(`ws://127.0.0.1:${port}/api/v1/vms/screen/screen`, {
      cookie,
      origin: `http://127.0.0.1:${port}`,
    })
  const picture = (query = '') =>
    visit(port, { path: `/api/v1/vms/screen/screenshot${query}`, headers: { cookie } })
  const typed = (text: string) =>
    pollUntil(async () => ((await vm.run('cat /dev/vcs1')).includes(text) ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 100,
      what: `"${text}" on the screen of the guest`,
    })

  it('shows two browsers the same display, and takes what both type', async () => {
    await typed('guest#')
    const [first, second] = [await open(), await open()]
    assert.match(first.name, /^QEMU/)
    assert.deepEqual([first.widthPx, first.heightPx], [second.widthPx, second.heightPx])
    await first.type('echo one$((1+0))\n')
    await typed('one1')
    await second.type('echo two$((2+0))\n')
    await typed('two2')
    await first.close()
    await second.close()
  })

  it('shows it to many that come in the same moment', async () => {
    const viewers = await Promise.all(Array.from({ length: 20 }, open))
    await Promise.all(viewers.map((viewer) => viewer.close()))
  })

  it('gives a picture of it, as large as wanted, and leaves no file', async () => {
    const full = sizeOf((await picture()).bytes)
    assert.ok(full.widthPx >= 640 && full.heightPx >= 350)
    assert.ok(full.colours > 1, 'the picture shows something')
    const small = sizeOf((await picture('?width=160')).bytes)
    assert.deepEqual([small.widthPx, small.heightPx], [160, Math.round((full.heightPx * 160) / full.widthPx)])
    const many = await Promise.all(Array.from({ length: 8 }, () => picture('?width=160')))
    assert.deepEqual(
      many.map(({ status }) => status),
      Array.from({ length: 8 }, () => 200),
    )
    const files = readdirSync(dirname(await vm.agentSocket()))
    assert.deepEqual(
      files.filter((name) => name.includes('screen')),
      [],
    )
  })

  it('shows what the VM uses, from the second look on', async () => {
    const [first] = await daemon.client.usage([vm.id, 'none'])
    assert.ok(first && first.vmId === vm.id && first.memoryBytes > 20 * 1024 ** 2)
    await vm.run('yes > /dev/null & sleep 2; kill $!')
    const [second] = await daemon.client.usage([vm.id])
    assert.ok(second?.cpuPercent && second.cpuPercent > 5 && second.cpuPercent <= 100)
    const [row] = await daemon.client.listVmRows()
    assert.deepEqual([row?.id, row?.state, row?.display], [vm.id, 'running', 'vnc'])
  })

  it('takes no picture while a checkpoint is being made', async () => {
    await daemon.stop()
    await daemon.start({ STILLPOINT_FAILPOINT: 'create:switched=SIGSTOP' })
    await reached()
    const { outcome, letGo } = await holdSaving(daemon, () =>
      daemon.done(daemon.client.createCheckpoint('screen', { name: 'first' })),
    )
    assert.equal((await picture()).code, 'vm_busy')
    letGo()
    assert.equal((await outcome).status, 'fulfilled')
    assert.equal((await picture()).status, 200)
  })

  it('ends with the process at an apply, and can be opened again', async () => {
    const before = await open()
    await before.type('echo after the checkpoint\n')
    await typed('after the checkpoint')
    const closed = before.closed
    await daemon.done(daemon.client.applyCheckpoint('screen', 'first', { confirm: true }))
    assert.equal((await closed).code, 1001)
    const again = await open()
    await again.type('echo back$((3+0))\n')
    await typed('back3')
    assert.ok(!(await vm.run('cat /dev/vcs1')).includes('after the checkpoint'))
    await again.close()
    assert.equal((await pictureWhenResident()).status, 200)
  })

  const pictureWhenResident = () =>
    pollUntil(
      async () => {
        const answer = await picture()
        return answer.code === 'vm_busy' ? undefined : answer
      },
      { timeoutMs: 60_000, everyMs: 100, what: 'A picture of the guest that was put back' },
    )

  it('is refused with the reason when the VM is off', async () => {
    await daemon.done(daemon.client.stopVm('screen', { force: true }))
    assert.equal((await picture()).code, 'vm_state')
    const plain = await visit(port, { path: '/api/v1/vms/screen/screen', headers: { cookie } })
    assert.deepEqual([plain.code, plain.text.includes('off')], ['vm_state', true])
    await daemon.client.updateVm('screen', { display: 'none' })
    assert.match((await picture()).text, /has no display/)
    assert.deepEqual(await daemon.client.usage([vm.id]), [])
  })
})

/** Of a PNG as we write it. */
function sizeOf(file: Buffer) {
  assert.equal(file.toString('latin1', 1, 4), 'PNG')
  const [widthPx, heightPx] = [file.readUInt32BE(16), file.readUInt32BE(20)]
  const rows = inflateSync(file.subarray(41, 41 + file.readUInt32BE(33)))
  assert.equal(rows.length, heightPx * (widthPx * 3 + 1))
  return { widthPx, heightPx, colours: new Set(rows).size }
}
