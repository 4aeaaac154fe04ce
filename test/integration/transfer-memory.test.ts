import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ApplyResult } from '../../src/contract/checkpoint.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { MemoryVm } from '../fixtures/memory-vm.ts'
import { exportTo, importFrom, recordOf } from '../fixtures/transfer.ts'

/** The memory of a guest, which goes on somewhere else. */
describe('A standard checkpoint that is exported', () => {
  let daemon: TestDaemon
  let scratch: string
  let vm: MemoryVm
  let sum: string
  let span: [number, number]
  const folder = (name: string) => join(scratch, name)
  const sumIn = (guest: GuestVm) => guest.run('cat /mem/fill /mem/late /mnt/a/on-disk | md5sum')

  /** What the checkpoint holds is partly in the image of an earlier one, which is only kept for it. */
  before(async () => {
    daemon = await TestDaemon.start()
    scratch = await mkdtemp(join(tmpdir(), 'sp-export-'))
    vm = await MemoryVm.boot(daemon, 'web01', 16, { memoryMiB: 128, diskMiB: 32 })
    await vm.create('early')
    await vm.guest.run('dd if=/dev/urandom of=/mem/late bs=1M count=2; echo written >/mnt/a/on-disk; sync')
    sum = await sumIn(vm.guest)
    const before = await vm.guest.nextHeartbeat()
    const { record } = await vm.create('exact')
    assert.equal(record.captureReason, null)
    span = [before, vm.guest.heartbeats().at(-1) ?? 0]
    await vm.remove('early')
    await vm.guest.run('rm /mem/late; echo other >/mnt/a/on-disk; sync')
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await rm(scratch, { recursive: true, force: true })
  })

  /** The guest goes on at the very instant, with all that it had then. */
  async function assertGoesOn(where: TestDaemon, name: string, vmId: string): Promise<GuestVm> {
    const copy = GuestVm.of(where, name, vmId)
    const applied = await where.done(where.client.applyCheckpoint(vmId, 'exact', { confirm: true }))
    assert.equal((applied.result as ApplyResult).state, 'running')
    const beat = await copy.nextHeartbeat(0)
    assert.ok(beat > span[0] && beat <= span[1] + 1, `${beat} is not from ${span}`)
    assert.equal(await sumIn(copy), sum)
    return copy
  }

  it('goes on under an identity of its own, beside the original', async () => {
    const target = folder('flattened')
    const { memory } = await exportTo(daemon, 'web01', 'exact', target)
    assert.ok(memory)
    assert.equal((await readdir(join(target, 'memory'))).length, 1)
    assert.deepEqual((await readdir(join(target, 'boot'))).sort(), ['initrd', 'kernel'])
    const { vm: view, warnings } = await importFrom(daemon, target, { name: 'copy' })
    await rm(target, { recursive: true })
    assert.match(warnings.join(), /goes on with what it had then/)
    const { checkpoints, keptImages, hardware } = await recordOf(daemon, view.id)
    const original = (await vm.guest.document()).checkpoints.find(({ name }) => name === 'exact')
    assert.deepEqual(
      [checkpoints[0]?.kind, checkpoints[0]?.memory?.sources, keptImages],
      ['standard', [], []],
    )
    assert.equal(checkpoints[0]?.hardware.macAddress, original?.hardware.macAddress)
    assert.notEqual(hardware.macAddress, original?.hardware.macAddress)
    assert.ok(checkpoints[0]?.hardware.boot?.kernel.startsWith(`${daemon.home}/`))

    const before = await vm.guest.nextHeartbeat()
    const copy = await assertGoesOn(daemon, 'copy', view.id)
    assert.ok((await vm.guest.nextHeartbeat()) > before)
    await copy.run('echo copy >/mnt/a/on-disk; sync')
    assert.equal(await vm.guest.run('cat /mnt/a/on-disk'), 'other\n')
    await daemon.done(daemon.client.stopVm('copy', { force: true }))
  })

  it('goes on elsewhere as what it was, with the images that it is read from', async () => {
    const target = folder('chained')
    await exportTo(daemon, 'web01', 'exact', target, { layout: 'chained' })
    assert.equal((await readdir(join(target, 'memory'))).length, 2)
    await using elsewhere = await TestDaemon.start()
    const { vm: view, warnings } = await importFrom(elsewhere, target, { identity: 'keep' })
    await rm(target, { recursive: true })
    assert.deepEqual([view.id, view.name, warnings], [vm.guest.id, 'web01', []])
    assert.equal((await recordOf(elsewhere, view.id)).keptImages.length, 1)
    const guest = await assertGoesOn(elsewhere, 'web01', view.id)
    // The next checkpoint refers to what was imported, and outlives it.
    const created = elsewhere.client.createCheckpoint('web01', { name: 'next' })
    await elsewhere.done(created)
    await elsewhere.done(elsewhere.client.deleteCheckpoint('web01', 'exact', { subtree: false }))
    await elsewhere.done(elsewhere.client.applyCheckpoint('web01', 'next', { confirm: true }))
    assert.equal(await sumIn(guest), sum)
    await recordOf(elsewhere, view.id)
  })

  it('can be had without its memory, and says what it is then', async () => {
    const target = folder('disks')
    assert.equal((await exportTo(daemon, 'web01', 'exact', target, { memory: false })).memory, false)
    const { vm: view } = await importFrom(daemon, target, { name: 'disks' })
    const [checkpoint] = await daemon.client.listCheckpoints(view.id)
    assert.deepEqual(
      [checkpoint?.kind, checkpoint?.record.consistency, checkpoint?.memoryBytes],
      ['offline', 'crash', null],
    )
    assert.match(checkpoint?.record.fallbackReason ?? '', /without its memory/)
    await recordOf(daemon, view.id)
  })
})
