import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { cli } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { Witness } from '../fixtures/witness.ts'

describe('When the database is lost or damaged', () => {
  let daemon: TestDaemon
  let running: GuestVm
  let off: GuestVm
  let witnesses: Witness[]
  const database = () => join(daemon.home, 'stillpoint.db')

  before(async () => {
    daemon = await TestDaemon.start()
    running = await GuestVm.create(daemon, 'running', { diskMiB: 32 })
    off = await GuestVm.create(daemon, 'off', { diskMiB: 32 })
    await running.boot()
    await running.run('echo first >/mnt/a/f; sync')
    for (const vm of [running, off]) {
      await create(vm, 'first')
      await create(vm, 'second')
    }
    await running.run('echo now >/mnt/a/f; sync')
    witnesses = await Promise.all([running, off].map((vm) => Witness.of(vm, daemon.home)))
  })
  after(() => daemon[Symbol.asyncDispose]())

  const create = (vm: GuestVm, name: string) => daemon.done(daemon.client.createCheckpoint(vm.name, { name }))

  async function assertAllThere(from: number, heartbeat: number): Promise<void> {
    for (const witness of witnesses) await witness.assertUnchanged('the VM is as before')
    assert.ok((await running.nextHeartbeat()) > heartbeat)
    const beats = running.heartbeats(from)
    assert.deepEqual(
      beats,
      beats.toSorted((a, b) => a - b),
      'the guest never stopped',
    )
    assert.equal(await running.run('cat /mnt/a/f'), 'now\n')
    for (const vm of [running, off]) {
      await create(vm, 'more')
      await daemon.done(daemon.client.deleteCheckpoint(vm.name, 'more', { subtree: false }))
      await daemon.settled(vm.name)
    }
  }

  it('`inventory rebuild` restores every VM with its checkpoints; the guest never stops', async () => {
    const heartbeat = await running.nextHeartbeat()
    const from = running.console().length
    assert.equal(await daemon.stop(), 0)
    await lose()
    await daemon.start()
    const { exitCode, stdout, stderr } = await cli(daemon.home, ['--json', 'inventory', 'rebuild', '--yes'])
    assert.equal(exitCode, 0, stderr)
    const { restored, problems } = JSON.parse(stdout)
    assert.deepEqual(
      restored
        .map(({ name, checkpoints }: { name: string; checkpoints: number }) => [name, checkpoints])
        .sort(),
      [
        ['off', 2],
        ['running', 2],
      ],
    )
    assert.deepEqual(problems, [])
    await assertAllThere(from, heartbeat)
  })

  for (const [what, damage] of [
    ['is rubbish from its first byte on', () => writeFile(database(), randomBytes(64 * 1024))],
    ['has rubbish in its tables', () => scribble()],
    ['is cut in half', async () => cut()],
  ] as const) {
    it(`a database that ${what} is put aside, and everything is there at the start`, async () => {
      const heartbeat = await running.nextHeartbeat()
      const from = running.console().length
      assert.equal(await daemon.stop(), 0)
      await damage()
      const damaged = await readFile(database())
      const before = new Set(await readdir(daemon.home))
      await daemon.start()
      const aside = (await readdir(daemon.home)).find((name) => name.includes('damaged') && !before.has(name))
      assert.ok(aside, 'the damaged file is kept')
      assert.deepEqual(await readFile(join(daemon.home, aside)), damaged)
      assert.match(daemon.log(), /damaged/)
      await assertAllThere(from, heartbeat)
    })
  }

  it('a VM whose own record is damaged too is named, left alone, and does not hold up the others', async () => {
    const record = join(daemon.home, 'vms', off.id, 'vm.json')
    const whole = await readFile(record)
    assert.equal(await daemon.stop(), 0)
    await lose()
    await daemon.start()
    await writeFile(record, whole.subarray(0, whole.length / 2))
    const { exitCode, stdout, stderr } = await cli(daemon.home, ['inventory', 'rebuild', '--yes'])
    assert.equal(exitCode, 0)
    assert.match(stdout, /Found VM "running"/)
    assert.ok(stderr.includes(join(daemon.home, 'vms', off.id)), stderr)
    assert.deepEqual(
      (await daemon.client.listVms()).map(({ name }) => name),
      ['running'],
    )
    await running.nextHeartbeat()
    await writeFile(record, whole)
    assert.equal((await cli(daemon.home, ['inventory', 'rebuild', '--yes'])).exitCode, 0)
    for (const witness of witnesses) await witness.assertUnchanged('both VMs are as before')
  })

  async function lose(): Promise<void> {
    for (const name of await readdir(daemon.home)) {
      if (/^stillpoint\.db(-wal|-shm)?$/.test(name)) await rm(join(daemon.home, name))
    }
  }

  async function scribble(): Promise<void> {
    const file = await open(database(), 'r+')
    const pages = randomBytes(4 * 4096)
    await file.write(pages, 0, pages.length, 4096)
    await file.close()
  }

  async function cut(): Promise<void> {
    const content = await readFile(database())
    await writeFile(database(), content.subarray(0, content.length / 2))
  }
})
