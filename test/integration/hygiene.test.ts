import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import type { ReportView } from '../../src/contract/storage.ts'
import { pollUntil } from '../../src/core/deadline.ts'
import { MIB } from '../../src/core/units.ts'
import { assertRefused, cli, cliDocument } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { ImageVm } from '../fixtures/image-vm.ts'
import { Notices } from '../fixtures/notices.ts'

const disk0 = 'disk0' as never // a DiskId

describe('Limits and expiry', () => {
  let daemon: TestDaemon
  before(async () => {
    daemon = await TestDaemon.start()
  })
  after(() => daemon[Symbol.asyncDispose]())

  const make = (name: string) => ImageVm.create(daemon, name, { disks: 1, blockBytes: MIB, blocks: 8 })
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
  const gone = (vm: string, checkpoint: string) =>
    pollUntil(
      async () => {
        const left = await daemon.client.listCheckpoints(vm)
        return left.some(({ name }) => name === checkpoint) ? undefined : true
      },
      { timeoutMs: 60_000, everyMs: 50, what: `The expiry of "${checkpoint}"` },
    )

  it('more checkpoints than allowed are refused, with the oldest of them, until one is deleted', async () => {
    const vm = await make('counted')
    const set = await cli(daemon.home, ['vm', 'set', 'counted', '--max-checkpoints', '2'])
    assert.equal(set.exitCode, 0, set.stderr)
    const first = await vm.create('first')
    await vm.create('second')
    await assertRefused(daemon.home, ['checkpoint', 'create', 'counted'], {
      code: 'limit_reached',
      names: ['counted', '2 of at most 2', '"first"', '--max-checkpoints'],
    })
    await vm.verify('nothing was made by those that were refused')
    await vm.delete(first)
    await vm.create('third')
    await vm.settled()
    await vm.verify('after one was deleted')
  })

  it('none is created once all occupy too much', async () => {
    const vm = await make('sized')
    await vm.write(disk0, [{ how: 'pattern', from: 0, count: 8, byte: 1 }])
    await daemon.client.updateVm('sized', { settings: { maxCheckpointBytes: 3 * MIB } })
    // What the base holds does not count.
    await vm.create('first')
    await vm.write(disk0, [{ how: 'pattern', from: 0, count: 4, byte: 2 }])
    await assert.rejects(vm.create('second'), { code: 'limit_reached', message: /maxCheckpointBytes/ })
    await daemon.client.updateVm('sized', { settings: { maxCheckpointBytes: null } })
    await vm.create('second')
    await vm.verify('after the limit was lifted')
  })

  it('a checkpoint is deleted when its time is over, also one that Now hangs under, with a notice', async () => {
    const vm = await make('expiring')
    await vm.write(disk0, [{ how: 'pattern', from: 0, count: 2, byte: 3 }])
    const kept = await vm.create('kept')
    await vm.write(disk0, [{ how: 'pattern', from: 2, count: 2, byte: 4 }])
    await using notices = await Notices.of(daemon.client)
    const options = { name: 'short', expiresAt: inMs(1500) }
    await daemon.done(daemon.client.createCheckpoint('expiring', options))
    await gone('expiring', 'short')
    await pollUntil(() => notices.messages.find((each) => each.includes('"short"')), {
      timeoutMs: 10_000,
      everyMs: 20,
      what: 'The notice',
    })
    const tasks = await daemon.client.listTasks({ vm: 'expiring' })
    assert.ok(tasks.some(({ title }) => title === 'Deleting Expired Checkpoints'))
    await vm.settled()
    assert.equal((await daemon.client.showVm('expiring')).nowParentId, kept)
    await vm.verify('Now and the other are as they were')
    assert.equal(notices.messages.filter((each) => /expired/.test(each)).length, 1)
  })

  it('what expired while no daemon ran is deleted at its start; what was given more time is not', async () => {
    const vm = await make('asleep')
    await vm.create('forever')
    await daemon.done(daemon.client.createCheckpoint('asleep', { name: 'gone', expiresAt: inMs(1000) }))
    const later = await daemon.done(
      daemon.client.createCheckpoint('asleep', { name: 'later', expiresAt: inMs(60_000) }),
    )
    await daemon.client.updateCheckpoint('asleep', 'later', { expiresAt: null })
    await daemon.stop()
    await pollUntil(() => (Date.now() > Date.parse(later.createdAt) + 1500 ? true : undefined), {
      timeoutMs: 10_000,
      everyMs: 50,
      what: 'The date',
    })
    await daemon.start()
    await gone('asleep', 'gone')
    assert.deepEqual(
      (await daemon.client.listCheckpoints('asleep')).map(({ name, expiresAt }) => [name, expiresAt]),
      [
        ['forever', null],
        ['later', null],
      ],
    )
  })

  it('what an apply discarded is freed when it cannot be undone any more', async () => {
    const vm = await make('undoable')
    await vm.write(disk0, [{ how: 'pattern', from: 0, count: 2, byte: 7 }])
    const point = await vm.create('point')
    await vm.write(disk0, [{ how: 'pattern', from: 2, count: 2, byte: 8 }])
    await vm.apply(point)
    assert.equal((await daemon.client.listDiscarded('undoable')).length, 1)
    await daemon.stop()
    const database = new DatabaseSync(join(daemon.home, 'stillpoint.db'))
    database.exec(
      "UPDATE vms SET document = json_set(document, '$.discarded[0].expiresAt', '2026-01-01T00:00:00.000Z') WHERE name = 'undoable'",
    )
    database.close()
    await daemon.start()
    await pollUntil(
      async () => ((await daemon.client.listDiscarded('undoable')).length === 0 ? true : undefined),
      { timeoutMs: 60_000, everyMs: 50, what: 'The expiry of what was discarded' },
    )
    await vm.settled()
    await pollUntil(async () => (Object.keys((await vm.document()).layers).length === 2 ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 50,
      what: 'The layers of the checkpoint and of Now being left',
    })
  })

  it('the age limit of the VM is the default, and the command line says and changes it', async () => {
    await make('aged')
    await daemon.client.updateVm('aged', { settings: { maxCheckpointAgeDays: 7 } })
    const created = await cli(daemon.home, ['checkpoint', 'create', 'aged', '--name', 'a'])
    assert.match(created.stdout, /It is deleted after \d{4}-/)
    const { expiresAt, createdAt } = await daemon.client.showCheckpoint('aged', 'a')
    const days = (Date.parse(expiresAt ?? '') - Date.parse(createdAt)) / 86_400_000
    assert.ok(days > 6.99 && days < 7.01, String(days))
    await cli(daemon.home, ['checkpoint', 'create', 'aged', '--name', 'b', '--expires', 'none'])
    assert.equal((await daemon.client.showCheckpoint('aged', 'b')).expiresAt, null)
    const set = await cli(daemon.home, ['checkpoint', 'set', 'aged', 'a', '--expires', 'none'])
    assert.match(set.stdout, /It does not expire/)
    assert.equal((await daemon.client.showCheckpoint('aged', 'a')).expiresAt, null)
    for (const args of [
      ['create', 'aged', '--expires', '2020-01-01'],
      ['set', 'aged', 'a', '--expires', '2020-01-01'],
      ['set', 'aged', 'a', '--expires', 'soon'],
      ['set', 'aged', 'a'],
    ])
      await assertRefused(daemon.home, ['checkpoint', ...args], { code: 'invalid_request', names: [] })
  })
})

describe('The report of forgotten checkpoints', () => {
  let daemon: TestDaemon
  before(async () => {
    daemon = await TestDaemon.start()
  })
  after(() => daemon[Symbol.asyncDispose]())

  it('lists VMs with many or old ones, with their sizes and what to do, and is no failure', async () => {
    const size = { disks: 1, blockBytes: MIB, blocks: 4 }
    const many = await ImageVm.create(daemon, 'many', size)
    const few = await ImageVm.create(daemon, 'few', size)
    for (const [index, name] of ['one', 'two', 'three', 'four'].entries()) {
      await many.create(name)
      await many.write(disk0, [{ how: 'pattern', from: index, count: 1, byte: index + 1 }])
    }
    await few.create('only')

    const report = await cliDocument(daemon.home, ['checkpoint', 'report'])
    assert.deepEqual([report.olderThanDays, report.moreThan], [7, 3])
    const [found, ...others] = report.vms as ReportView['vms']
    assert.ok(found && others.length === 0)
    assert.deepEqual([found.name, found.checkpoints, found.oldest.name], ['many', 4, 'one'])
    assert.ok(found.bytes >= 4 * MIB, String(found.bytes))
    assert.deepEqual(report.totals, { vms: 1, checkpoints: 4, bytes: found.bytes })

    const text = await cli(daemon.home, ['checkpoint', 'report'])
    assert.equal(text.exitCode, 0, text.stderr)
    assert.match(text.stdout, /^many +4 .* 4 checkpoints, more than 3$/m)
    assert.match(text.stdout, /checkpoint delete "many" "one"/)
    assert.match(text.stdout, /A checkpoint is not a backup/)
    assert.match(text.stdout, /^Volume \/.* free, [\d.]+ MiB used by VMs/m)

    const old = await cliDocument(daemon.home, [
      ...['checkpoint', 'report', '--older-than', '0d', '--more-than', '9'],
    ])
    assert.deepEqual(
      (old.vms as ReportView['vms']).map(({ name, reasons }) => [name, reasons]),
      [
        ['many', ['4 older than 0 days']],
        ['few', ['1 older than 0 days']],
      ],
    )
    const none = await cli(daemon.home, ['checkpoint', 'report', '--more-than', '9'])
    assert.match(none.stdout, /No VM has more than 9 checkpoints, or one older than 7 days/)
    await assertRefused(daemon.home, ['checkpoint', 'report', '--older-than', 'long'], {
      code: 'invalid_request',
      names: ['"long"'],
    })
  })

  it('storage adds up, by volume, VM and checkpoint, and the state of the daemon says it', async () => {
    const { volumes, vms } = await daemon.client.storage()
    const [home] = volumes
    assert.ok(home && home.freeBytes > 0 && home.freeBytes < home.sizeBytes)
    const all = vms.reduce((sum, vm) => sum + vm.baseBytes + vm.layerBytes + vm.memoryBytes, 0)
    assert.equal(home.vmBytes, all)
    const many = vms.find(({ name }) => name === 'many')
    assert.equal(many?.checkpoints.length, 4)
    const status = await cli(daemon.home, ['daemon', 'status'])
    assert.match(status.stdout, /^Storage: +Volume \/.* free/m)
  })
})
