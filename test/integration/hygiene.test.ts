import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import { MIB } from '../../src/core/units.ts'
import { assertRefused, cli } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { ImageVm } from '../fixtures/image-vm.ts'

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
    const notices: string[] = []
    const stop = new AbortController()
    const { promise: isOpen, resolve: onOpen } = Promise.withResolvers<void>()
    const listening = (async () => {
      for await (const event of daemon.client.events({ signal: stop.signal, onOpen }))
        if (event.type === 'notice') notices.push(event.message)
    })().catch(() => {})
    await isOpen
    const options = { name: 'short', expiresAt: inMs(1500) }
    await daemon.done(daemon.client.createCheckpoint('expiring', options))
    await gone('expiring', 'short')
    await pollUntil(() => notices.find((each) => each.includes('"short"')), {
      timeoutMs: 10_000,
      everyMs: 20,
      what: 'The notice',
    })
    stop.abort()
    await listening
    const tasks = await daemon.client.listTasks({ vm: 'expiring' })
    assert.ok(tasks.some(({ title }) => title === 'Deleting Expired Checkpoints'))
    await vm.settled()
    assert.equal((await daemon.client.showVm('expiring')).nowParentId, kept)
    await vm.verify('Now and the other are as they were')
    assert.equal(notices.filter((each) => /expired/.test(each)).length, 1)
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
