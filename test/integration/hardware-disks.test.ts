import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isStillpointError } from '../../src/core/error.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { diskId } from '../fixtures/documents.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { ImageVm } from '../fixtures/image-vm.ts'
import { strayFiles } from '../fixtures/images.ts'
import { PatternDisk } from '../fixtures/pattern-disk.ts'

const MIB = 1024 * 1024

describe('Disks that are added, removed and grown', () => {
  let daemon: TestDaemon
  before(async () => {
    daemon = await TestDaemon.start()
  })
  after(() => daemon[Symbol.asyncDispose]())

  it('are as they were after an apply to a running VM, with their data, before and after merges', async () => {
    const vm = await GuestVm.create(daemon, 'live', { disks: 1, diskMiB: 32 })
    const create = (name: string) => daemon.done(daemon.client.createCheckpoint('live', { name }))
    const apply = (name: string) =>
      daemon.done(daemon.client.applyCheckpoint('live', name, { confirm: true }))
    const remove = (name: string) =>
      daemon.done(daemon.client.deleteCheckpoint('live', name, { subtree: false }))
    const disks = async () => (await vm.run('cd /sys/block; head vd?/size | grep .')).trim()
    /** Behind the file system, which does not grow with its disk. */
    const behind = async () => (await vm.run('tail -c 16777216 /dev/vda | sha256sum')).trim()
    await daemon.client.updateVm('live', { settings: { checkpointPolicy: 'Standard' } })
    await vm.boot()
    await create('small')
    await daemon.done(daemon.client.growDisk('live', 'disk0', { sizeBytes: 48 * MIB }))
    assert.equal(await disks(), '98304')
    await vm.run('dd if=/dev/urandom of=/dev/vda bs=1M seek=32 count=10 conv=notrunc; sync')
    await create('between')
    await vm.run('dd if=/dev/urandom of=/dev/vda bs=1M seek=40 count=8 conv=notrunc; sync')
    const data = await behind()
    await create('large')
    await vm.run('dd if=/dev/zero of=/dev/vda bs=1M seek=32 count=16 conv=notrunc; sync')
    await remove('between')
    await daemon.settled('live')
    await apply('small')
    assert.equal(await disks(), '65536')
    await apply('large')
    assert.deepEqual([await disks(), await behind()], ['98304', data])
    // The layer that is grown has a smaller one under it, which takes it in under the running guest.
    await remove('small')
    await daemon.settled('live')
    assert.deepEqual([await disks(), await behind()], ['98304', data])

    await daemon.done(daemon.client.stopVm('live', { force: true }))
    await daemon.done(daemon.client.addDisk('live', { source: 'empty', sizeBytes: 8 * MIB }))
    await vm.boot()
    assert.match(await disks(), /98304\n.*vdb.*\n16384/)
    await vm.run('echo of the second disk | dd of=/dev/vdb; sync')
    await create('two')
    await apply('large')
    assert.deepEqual([await disks(), await behind()], ['98304', data])
    await apply('two')
    assert.match(await disks(), /98304\n.*vdb.*\n16384/)
    assert.equal(await vm.run('head -n 1 /dev/vdb'), 'of the second disk\n')
    await daemon.done(daemon.client.stopVm('live', { force: true }))
    await daemon.done(daemon.client.removeDisk('live', 'disk0', { confirm: true }))
    assert.deepEqual(
      (await daemon.client.showVm('live')).disks.map(({ id }) => id),
      ['disk1'],
    )
    await apply('two')
    assert.deepEqual([await behind(), await vm.run('head -n 1 /dev/vdb')], [data, 'of the second disk\n'])
    assert.deepEqual(await strayFiles(await vm.document(), join(daemon.home, 'vms', vm.id)), [])
    await daemon.done(daemon.client.stopVm('live', { force: true }))
  })

  it('leave an image that is used in place to the user, as large as it became and of one instant', async () => {
    const image = join(daemon.home, 'own.raw')
    await writeFile(image, Buffer.alloc(MIB, 7))
    const vm = await ImageVm.create(daemon, 'linked', { disks: 1, blockBytes: 4096, blocks: 256 })
    const task = await daemon.done(
      daemon.client.addDisk('linked', { source: 'image', path: image, use: 'link' }),
    )
    assert.equal((task.result as { disks: { linked: boolean }[] }).disks[1]?.linked, true)
    await daemon.done(daemon.client.growDisk('linked', 'disk1', { sizeBytes: 2 * MIB }))
    assert.equal((await stat(image)).size, 2 * MIB)
    await daemon.done(daemon.client.createCheckpoint('linked', { name: 'with' }))
    // Over a checkpoint it is a layer of ours that grows.
    await daemon.done(daemon.client.growDisk('linked', 'disk1', { sizeBytes: 3 * MIB }))
    assert.equal((await stat(image)).size, 2 * MIB)
    vm.now.set(diskId(1), vm.now.get(diskId(0)) ?? assert.fail())
    await vm.write(diskId(1), [{ how: 'pattern', from: 0, count: 256, byte: 9 }])
    await daemon.done(daemon.client.deleteCheckpoint('linked', 'with', { subtree: false }))
    await daemon.settled('linked')
    assert.equal((await stat(image)).size, 3 * MIB)
    await daemon.done(daemon.client.removeDisk('linked', 'disk1', { confirm: true }))
    const content = await readFile(image)
    assert.deepEqual(content.subarray(0, MIB), Buffer.alloc(MIB, 9))
    assert.deepEqual(content.subarray(MIB), Buffer.alloc(2 * MIB))
    assert.equal(Object.keys((await vm.document()).layers).length, 1)
    // It belongs to nobody now.
    const again = { source: 'image', path: image, use: 'link' } as const
    await daemon.done(daemon.client.addDisk('linked', again))
    await assert.rejects(daemon.done(daemon.client.addDisk('linked', again)), (error) =>
      isStillpointError(error, 'image_in_use'),
    )
    await vm.remove()
  })

  it('keep an id that a checkpoint has, and are refused where the words say why', async () => {
    const vm = await ImageVm.create(daemon, 'ids', { disks: 2, blockBytes: 4096, blocks: 256 })
    const before = await vm.create('both')
    await vm.removeDisk(diskId(1))
    assert.equal(await vm.addDisk(4096, 128), 'disk2')
    await vm.write(diskId(2), [{ how: 'pattern', from: 0, count: 128, byte: 3 }])
    await vm.verify('after the change')
    await vm.apply(before)
    await vm.settled()
    await vm.verify('after the apply')
    const refusals = [
      [() => daemon.client.growDisk('ids', 'disk0', { sizeBytes: 4096 }), 'invalid_request', /can only grow/],
      [
        () => daemon.client.growDisk('ids', 'disk0', { sizeBytes: MIB }),
        'invalid_request',
        /its size already/,
      ],
      [() => daemon.client.growDisk('ids', 'disk7', { sizeBytes: MIB }), 'disk_not_found', /disk0, disk1/],
      [() => daemon.client.removeDisk('ids', 'disk0', { confirm: false }), 'confirmation_required', /disk0/],
    ] as const
    for (const [start, code, words] of refusals) {
      await assert.rejects(
        daemon.done(start()),
        (error) => isStillpointError(error, code) && words.test(error.message),
      )
    }
    await vm.remove()
  })

  it('are as they were or as they were to be after a crash at any step', async () => {
    const vm = await ImageVm.create(daemon, 'crash', { disks: 1, blockBytes: 4096, blocks: 256 })
    await vm.create('first')
    const restart = async (step: string, operation: () => Promise<unknown>) => {
      assert.equal(await daemon.stop(), 0)
      await daemon.start({ STILLPOINT_FAILPOINT: `disk:${step}=SIGKILL` })
      await operation().catch(() => {}) // the daemon may end before it answers
      await daemon.ended()
      await daemon.start()
    }
    for (const [step, disks] of [
      ['open', 1],
      ['made', 1],
      ['close', 2],
    ] as const) {
      await restart(step, () => daemon.client.addDisk('crash', { source: 'empty', sizeBytes: MIB }))
      const document = await vm.document()
      assert.equal(document.hardware.disks.length, disks, step)
      assert.deepEqual(await strayFiles(document, join(daemon.home, 'vms', vm.id)), [], step)
    }
    let blocks = 256
    for (const [step, grown] of [
      ['open', 0],
      ['grown', 256],
      ['close', 256],
    ] as const) {
      const sizeBytes = (blocks + 256) * 4096
      await restart(step, () => daemon.client.growDisk('crash', 'disk0', { sizeBytes }))
      blocks += grown
      const size = (await daemon.client.showVm('crash')).disks[0]?.virtualSizeBytes
      assert.equal(size, blocks * 4096, step)
    }
    vm.now.set(diskId(0), new PatternDisk(4096, blocks))
    vm.now.set(diskId(1), new PatternDisk(4096, 256))
    await vm.verify('after the crashes')
    await vm.remove()
  })
})
