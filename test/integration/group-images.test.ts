import assert from 'node:assert/strict'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { GroupApplyResult, GroupCheckpointResult } from '../../src/contract/group.ts'
import type { CheckpointId, DiskId } from '../../src/core/ids.ts'
import { assertRefused, cli } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { ImageVm } from '../fixtures/image-vm.ts'
import { contentOf } from '../fixtures/images.ts'

const disk = 'disk0' as DiskId
const size = { disks: 1, blockBytes: 65_536, blocks: 8 }

/** Groups of VMs that are off: what belongs to them, and what becomes of it. */
describe('A group of VMs that are off', () => {
  let daemon: TestDaemon
  const vms = new Map<string, ImageVm>()

  before(async () => {
    daemon = await TestDaemon.start()
    for (const name of ['app01', 'app02', 'db01']) vms.set(name, await ImageVm.create(daemon, name, size))
  })
  after(() => daemon[Symbol.asyncDispose]())

  const vm = (name: string): ImageVm => {
    const found = vms.get(name)
    assert.ok(found)
    return found
  }
  const write = (byte: number) =>
    Promise.all(
      [...vms.values()].map(async (each) => {
        await each.settled()
        await each.write(disk, [{ how: 'pattern', from: 0, count: 4, byte }])
      }),
    )
  const content = async (name: string) =>
    contentOf(await vm(name).layer((document) => document.active[disk]), daemon.home)
  const contents = async () => Promise.all([...vms.keys()].map(content))
  const checkpoint = async (group: string, name?: string) =>
    (await daemon.done(daemon.client.createGroupCheckpoint(group, { name }))).result as GroupCheckpointResult
  const apply = async (group: string, set: string, options: object = {}) =>
    (await daemon.done(daemon.client.applyGroup(group, set, { confirm: true, ...options })))
      .result as GroupApplyResult

  it('has its VMs in the order in which they are named, each once, patterns by name', async () => {
    const group = await daemon.client.createGroup({ name: 'Shop', vms: ['DB01', 'app*', 'app01'] })
    assert.deepEqual(
      group.members.map(({ vmName }) => vmName),
      ['db01', 'app01', 'app02'],
    )
    assert.deepEqual(await daemon.client.showGroup('shop'), group)
    await assert.rejects(daemon.client.createGroup({ name: 'SHOP', vms: ['db01'] }), { code: 'name_taken' })
    await assert.rejects(daemon.client.createGroup({ name: 'x', vms: ['nothing*'] }), {
      code: 'vm_not_found',
    })
    await assert.rejects(daemon.client.createGroup({ name: ' ', vms: ['db01'] }), { code: 'invalid_name' })
    await assert.rejects(daemon.client.createGroup({ name: 'x', vms: [] }), { code: 'invalid_request' })
    await assert.rejects(daemon.client.showGroup('none'), { code: 'group_not_found', message: /"Shop"/ })
  })

  it('is put back as a whole, and only when that was confirmed', async () => {
    await write(0x11)
    const made = await checkpoint('shop', 'first')
    assert.equal(made.spanMs, null)
    const views = made.checkpoint.checkpoints
    assert.deepEqual(
      views.map(({ vmName, checkpoint }) => [vmName, checkpoint.kind, checkpoint.group?.setId]),
      ['db01', 'app01', 'app02'].map((name) => [name, 'offline', made.checkpoint.setId]),
    )
    assert.equal(new Set(views.map(({ checkpoint }) => checkpoint.createdAt)).size, 1, 'one instant')
    const then = await contents()
    await write(0x22)
    const later = await contents()
    await assert.rejects(daemon.client.applyGroup('shop', 'first', {}), { code: 'confirmation_required' })
    assert.deepEqual(await contents(), later)
    const applied = await apply('shop', 'first', { order: ['app02'], checkpointFirst: true })
    assert.deepEqual(
      applied.applied.map(({ vmName, state }) => `${vmName} ${state}`),
      ['app02 off', 'db01 off', 'app01 off'],
    )
    assert.deepEqual(await contents(), then)
    await apply('shop', applied.created?.setId ?? '')
    assert.deepEqual(await contents(), later, 'the checkpoint that was created first holds the rest')
  })

  it('has checkpoints that are complete, or say what they lack', async () => {
    const set = await daemon.client.showGroupCheckpoint('shop', 'first')
    const gone = set.checkpoints[1]
    assert.ok(gone)
    await daemon.done(
      daemon.client.deleteCheckpoint(gone.vmId, gone.checkpoint.id as CheckpointId, { subtree: false }),
    )
    const lacking = await daemon.client.showGroupCheckpoint('shop', set.setId)
    assert.deepEqual(
      lacking.missing.map(({ vmName }) => vmName),
      ['app01'],
    )
    await assert.rejects(daemon.client.applyGroup('shop', 'first', { confirm: true }), {
      code: 'group_incomplete',
      message: /VM "app01".*deleted there/,
    })
    await write(0x33)
    const before = await content('app01')
    const { applied } = await apply('shop', 'first', { partial: true })
    assert.deepEqual(
      applied.map(({ vmName }) => vmName),
      ['db01', 'app02'],
    )
    assert.equal(await content('app01'), before, 'who has none is left alone')
  })

  it('is all or none: a VM that cannot take part keeps the others from it, and is named', async () => {
    await daemon.client.updateVm('app02', { settings: { checkpointPolicy: 'Disabled' } })
    const counts = async () => (await daemon.client.listVms()).map(({ checkpointCount }) => checkpointCount)
    const before = await counts()
    await assert.rejects(checkpoint('shop', 'never'), { code: 'policy_disabled', message: /VM "app02"/ })
    await daemon.client.updateVm('app02', { settings: { checkpointPolicy: 'Production' } })
    assert.deepEqual(await counts(), before)
    await daemon.done(daemon.client.createCheckpoint('app02', { name: 'taken' }))
    await assert.rejects(checkpoint('shop', 'TAKEN'), { code: 'name_taken', message: /"app02"/ })

    const made = (await checkpoint('shop', 'broken soon')).checkpoint
    await write(0x44)
    const layer = await vm('app02').layer(
      (document) => document.checkpoints.find(({ group }) => group?.setId === made.setId)?.disks[disk],
    )
    await daemon.done(daemon.client.createCheckpoint('db01', { name: 'above' }))
    const now = await Promise.all(['app01', 'db01'].map(content))
    await rename(layer.file, `${layer.file}.away`)
    await assert.rejects(apply('shop', 'broken soon'), {
      code: 'vm_broken',
      message: /all of its VMs are as they were\. VM "app02"/,
    })
    assert.deepEqual(await Promise.all(['app01', 'db01'].map(content)), now)
    await rename(`${layer.file}.away`, layer.file)
    await apply('shop', 'broken soon')
  })

  it('never waits in a circle with another group that shares its VMs', async () => {
    await daemon.client.createGroup({ name: 'reversed', vms: ['app02', 'app01', 'db01'] })
    const names = Array.from({ length: 6 }, (_, index) => `at once ${index}`)
    const made = await Promise.all(
      names.map((name, index) => checkpoint(index % 2 === 0 ? 'shop' : 'reversed', name)),
    )
    assert.ok(made.every(({ checkpoint }) => checkpoint.checkpoints.length === 3))
    const sets = await daemon.client.listGroupCheckpoints('reversed')
    assert.deepEqual(
      sets.map(({ checkpoints }) => checkpoints.map(({ vmName }) => vmName)),
      [1, 2, 3].map(() => ['app02', 'app01', 'db01']),
    )
    for (const { setId } of sets) await daemon.done(daemon.client.deleteGroupCheckpoint('reversed', setId))
    assert.deepEqual(await daemon.client.listGroupCheckpoints('reversed'), [])
    assert.equal((await daemon.client.listGroupCheckpoints('shop')).length > 3, true)
  })

  it('is shown by the command line, which asks before it discards something', async () => {
    const lines = (await cli(daemon.home, ['group', 'show', 'shop'])).stdout.split('\n')
    assert.match(lines.join('\n'), /VMs: +1\. db01 \(off\)\n +2\. app01 \(off\)\n +3\. app02 \(off\)/)
    assert.ok(
      lines.some((line) => /^first +offline +\S+ +db01, app02 +without app01 +[0-9a-f]{12}$/.test(line)),
    )
    const last = (await daemon.client.listGroupCheckpoints('shop')).at(-1)?.name ?? ''
    for (const verb of ['apply', 'delete-checkpoint']) {
      await assertRefused(daemon.home, ['group', verb, 'shop', last], {
        code: 'confirmation_required',
        names: [last, 'db01, app01, app02', '--yes'],
      })
    }
    await assertRefused(daemon.home, ['group', 'checkpoint', 'nobody'], {
      code: 'group_not_found',
      names: ['nobody'],
    })
    await assertRefused(daemon.home, ['group', 'apply', 'shop', 'never', '--yes'], {
      code: 'set_not_found',
      names: ['never', last],
    })
    const made = await cli(daemon.home, ['group', 'checkpoint', 'shop', '--name', 'by hand'])
    assert.match(
      made.stdout,
      /^Created the checkpoint "by hand" .*\n {2}db01: offline, .*\n {2}app01: offline/,
    )
  })

  it('is changed, renamed and deleted, and its VMs keep their checkpoints', async () => {
    const members = async (group: string) =>
      (await daemon.client.showGroup(group)).members.map(({ vmName }) => vmName)
    await daemon.client.updateGroup('reversed', { remove: ['db01'], name: 'Pair' })
    assert.deepEqual(await members('pair'), ['app02', 'app01'])
    await daemon.client.updateGroup('pair', { order: ['app01'], add: ['db01'] })
    assert.deepEqual(await members('pair'), ['app01', 'app02', 'db01'])
    await daemon.client.updateGroup('pair', { remove: ['db01'] })
    await assert.rejects(daemon.client.updateGroup('pair', { remove: ['db01'] }), { code: 'vm_not_found' })
    const count = (await daemon.client.showVm('app01')).checkpointCount
    await daemon.client.deleteGroup('pair')
    await assert.rejects(daemon.client.showGroup('pair'), { code: 'group_not_found' })
    assert.equal((await daemon.client.showVm('app01')).checkpointCount, count)
  })

  it('comes back from its copy when the database is lost, and is left by a VM that is removed', async () => {
    const before = await daemon.client.showGroup('shop')
    const sets = (await daemon.client.listGroupCheckpoints('shop')).map(({ setId }) => setId)
    assert.equal(await daemon.stop(), 0)
    for (const suffix of ['', '-wal', '-shm'])
      await rm(join(daemon.home, `stillpoint.db${suffix}`), { force: true })
    await daemon.start()
    assert.deepEqual((await daemon.client.rebuildInventory()).problems, [])
    assert.deepEqual(await daemon.client.showGroup('shop'), before)
    assert.deepEqual(
      (await daemon.client.listGroupCheckpoints('shop')).map(({ setId }) => setId),
      sets,
    )
    await daemon.settled('app01')
    await daemon.done(daemon.client.removeVm('app01', { confirm: true }))
    vms.delete('app01')
    assert.deepEqual(
      (await daemon.client.showGroup('shop')).members.map(({ vmName }) => vmName),
      ['db01', 'app02'],
    )
  })
})
