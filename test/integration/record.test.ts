import assert from 'node:assert/strict'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isStillpointError } from '../../src/core/error.ts'
import { MIB } from '../../src/core/units.ts'
import { readVmJson } from '../../src/inventory/vm-json.ts'
import { TestDaemon } from '../fixtures/daemon.ts'

describe('The record of a VM', () => {
  let daemon: TestDaemon
  before(async () => {
    daemon = await TestDaemon.start()
  })
  after(() => daemon[Symbol.asyncDispose]())

  const createVm = async (name: string) => {
    const task = await daemon.done(
      daemon.client.createVm({ name, disks: [{ source: 'empty', sizeBytes: 8 * MIB }] }),
    )
    return (task.result as { id: string }).id // a VmView
  }
  const names = async (vm: string) => (await daemon.client.listCheckpoints(vm)).map(({ name }) => name)

  it('is in force although its copy in the folder cannot be written, and the copy follows at the next start', async () => {
    const id = await createVm('copy')
    const folder = join(daemon.home, 'vms', id)
    await daemon.done(daemon.client.createCheckpoint('copy', { name: 'first' }))
    await mkdir(join(folder, 'vm.json.new')) // in the way of the temporary file
    await daemon.done(daemon.client.createCheckpoint('copy', { name: 'second' }))
    await daemon.done(daemon.client.applyCheckpoint('copy', 'first', { confirm: true }))
    await daemon.done(daemon.client.deleteCheckpoint('copy', 'second', { subtree: false }))
    assert.deepEqual(await names('copy'), ['first'])
    assert.equal((await readVmJson(join(folder, 'vm.json'))).checkpoints.length, 1, 'the old copy is whole')
    await rmdir(join(folder, 'vm.json.new'))
    await daemon.stop()
    await daemon.start()
    assert.deepEqual(await names('copy'), ['first'])
    const copy = await readVmJson(join(folder, 'vm.json'))
    assert.equal(copy.nowParentId, copy.checkpoints[0]?.id)
  })

  it('is not replaced by an older copy, nor lost with an unreadable one, when the inventory is rebuilt', async () => {
    const id = await createVm('rebuilt')
    const file = join(daemon.home, 'vms', id, 'vm.json')
    const old = await readFile(file, 'utf8')
    await daemon.done(daemon.client.createCheckpoint('rebuilt', { name: 'newer' }))
    await writeFile(file, old)
    await daemon.client.rebuildInventory()
    assert.deepEqual(await names('rebuilt'), ['newer'])
    await writeFile(file, 'rubbish')
    const { problems } = await daemon.client.rebuildInventory()
    assert.ok(problems.some(({ folder }) => folder.endsWith(id)))
    assert.deepEqual(await names('rebuilt'), ['newer'])
    assert.equal((await readVmJson(file)).checkpoints.length, 1, 'the copy was written anew')
  })

  it('of two VMs never names the same linked image, also when both are created at once', async () => {
    const path = join(daemon.home, 'shared.raw')
    await writeFile(path, Buffer.alloc(MIB))
    const link = { source: 'image', path, use: 'link' } as const
    const results = await Promise.allSettled(
      ['one', 'two', 'three'].map((name) => daemon.done(daemon.client.createVm({ name, disks: [link] }))),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const result of results) {
      if (result.status === 'rejected')
        assert.ok(isStillpointError(result.reason, 'image_in_use'), String(result.reason))
    }
  })

  it('takes two changes at once, one after the other', async () => {
    await createVm('both')
    await Promise.all([
      daemon.done(daemon.client.createCheckpoint('both', { name: 'a' })),
      daemon.done(daemon.client.createCheckpoint('both', { name: 'b' })),
      daemon.client.updateVm('both', { settings: { freezeBudgetMs: 1234 } }),
    ])
    await Promise.all([
      daemon.client.updateCheckpoint('both', 'a', { name: 'c' }),
      daemon.done(daemon.client.createCheckpoint('both', { name: 'd' })),
    ])
    assert.deepEqual((await names('both')).sort(), ['b', 'c', 'd'])
    assert.equal((await daemon.client.showVm('both')).settings.freezeBudgetMs, 1234)
  })
})
