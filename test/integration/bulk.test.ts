import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import { isStillpointError } from '../../src/core/error.ts'
import { readVmJson } from '../../src/inventory/vm-json.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { makeManyVms } from '../fixtures/many-vms.ts'

const count = 1000
let daemon: TestDaemon

before(async () => {
  daemon = await TestDaemon.start()
  await daemon.stop()
  await makeManyVms(daemon.home, { count })
  await daemon.start()
})
after(() => daemon[Symbol.asyncDispose]())

const policies = async () => {
  const byPolicy = Map.groupBy(
    await daemon.client.showSettings({ all: true }),
    ({ settings }) => settings.checkpointPolicy,
  )
  return Object.fromEntries([...byPolicy].map(([policy, vms]) => [policy, vms.length]))
}

test('a thousand VMs get a policy at once, and those that have it already are told apart', async () => {
  const change = { settings: { checkpointPolicy: 'Standard' } } as const
  const some = await daemon.client.changeVms({ select: { names: ['VM0000?', 'vm00010'] }, ...change })
  assert.deepEqual([some.changed.length, some.unchanged.length], [11, 0])
  assert.deepEqual(await policies(), { Standard: 11, Production: 989 })
  const all = await daemon.client.changeVms({ select: { all: true }, ...change })
  assert.deepEqual([all.changed.length, all.unchanged.length], [989, 11])
  assert.deepEqual(await policies(), { Standard: 1000 })
})

test('several settings and tags go together, by tag, and are read back in the same way', async () => {
  const { changed } = await daemon.client.changeVms({
    select: { tags: ['TENTH'] },
    settings: {
      undoHours: 0,
      maxCheckpoints: 5,
      mergeQuietHours: '22:00-06:00',
      guards: { database: 'forbid' },
    },
    addTags: ['prod'],
    removeTags: ['tenth'],
  })
  assert.equal(changed.length, 100)
  const found = await daemon.client.showSettings({ tags: ['prod'], names: ['vm0001*', 'vm00020'] })
  assert.deepEqual(
    found.map(({ name }) => name),
    ['vm00010', 'vm00020'],
  )
  for (const { settings, tags } of found) {
    assert.deepEqual(tags, ['prod'])
    assert.deepEqual(
      [settings.undoHours, settings.maxCheckpoints, settings.mergeQuietHours, settings.guards],
      [0, 5, '22:00-06:00', { database: 'forbid' }],
    )
  }
})

test('when one of them cannot be changed, none is', async () => {
  await daemon.client.changeVms({
    select: { names: ['vm00500'] },
    settings: {},
    tags: Array.from({ length: 64 }, (_, index) => `tag${index}`),
  })
  const before = await daemon.client.showSettings({ all: true })
  const disable = { checkpointPolicy: 'Disabled' } as const
  for (const request of [
    { select: { all: true }, addTags: ['one more'], settings: disable },
    { select: { names: ['vm*', 'absent*'] }, settings: disable },
    { select: { all: true }, settings: { ...disable, undoHours: 9000 } },
  ]) {
    await assert.rejects(daemon.client.changeVms(request), (error) =>
      isStillpointError(error, 'invalid_request', 'vm_not_found'),
    )
  }
  assert.deepEqual(await daemon.client.showSettings({ all: true }), before)
})

test('what was set survives the daemon, and the copies in the folders follow', async () => {
  await daemon.client.changeVms({ select: { all: true }, settings: { checkpointPolicy: 'ProductionOnly' } })
  await daemon.kill()
  await daemon.start()
  assert.deepEqual(await policies(), { ProductionOnly: 1000 })
  const copyOf = async (name: string) => {
    const { folder } = await daemon.client.showVm(name)
    return await readVmJson(join(folder, 'vm.json')).catch(() => null)
  }
  for (const name of ['vm00000', 'vm00999']) {
    await pollUntil(
      async () => ((await copyOf(name))?.settings.checkpointPolicy === 'ProductionOnly' ? true : undefined),
      { timeoutMs: 60_000, everyMs: 50, what: `The copy of the record of ${name}` },
    )
  }
})

test('settings change while an operation holds the VM', async () => {
  await daemon.done(
    daemon.client.createVm({
      name: 'deaf',
      memoryMiB: 64,
      network: 'none',
      settings: { checkpointPolicy: 'Standard' },
    }),
  )
  await daemon.done(daemon.client.startVm('deaf'))
  // Its firmware finds nothing to boot, so that nobody hears the power button.
  const stopping = await daemon.client.stopVm('deaf', { timeoutSeconds: 600 })
  const settings = { checkpointPolicy: 'Disabled' } as const
  assert.equal((await daemon.client.changeVms({ select: { names: ['deaf'] }, settings })).changed.length, 1)
  const vm = await daemon.client.updateVm('deaf', { name: 'mute', settings: { undoHours: 1 } })
  assert.deepEqual([vm.name, vm.settings.checkpointPolicy, vm.settings.undoHours], ['mute', 'Disabled', 1])
  assert.equal((await daemon.client.showTask(stopping.id)).state, 'running')
  await daemon.client.cancelTask(stopping.id)
  await daemon.client.watchTask(stopping.id, () => {})
  await daemon.done(daemon.client.stopVm('mute', { force: true }))
  const { settings: left } = await daemon.client.showVm('mute')
  assert.deepEqual([left.checkpointPolicy, left.undoHours], ['Disabled', 1])
})
