import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { execa } from 'execa'
import { pollUntil } from '../../src/core/deadline.ts'
import { KIB, MIB } from '../../src/core/units.ts'
import type { CheckpointPolicy } from '../../src/vm/config.ts'
import { makeExt4Disk } from '../../tools/guest/disk.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { SmallVolume } from '../fixtures/small-volume.ts'
import { Witness } from '../fixtures/witness.ts'

describe('On a file system that is full', () => {
  let volume: SmallVolume
  let daemon: TestDaemon
  let vm: GuestVm

  before(async () => {
    volume = await SmallVolume.mount(320)
    daemon = await TestDaemon.start({}, volume.folder)
    vm = await GuestVm.create(daemon, 'full', { diskMiB: 64 })
    await rm(join(daemon.home, 'full-0.qcow2'))
    await vm.boot()
    await vm.run('echo kept >/mnt/a/kept; sync')
    await create('Production', 'base')
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await volume[Symbol.asyncDispose]()
  })

  afterEach(() => volume.clear())

  async function create(checkpointPolicy: CheckpointPolicy, name: string): Promise<void> {
    await daemon.client.updateVm('full', { settings: { checkpointPolicy } })
    await daemon.done(daemon.client.createCheckpoint('full', { name }))
  }

  const remove = (name: string) =>
    daemon.done(daemon.client.deleteCheckpoint('full', name, { subtree: false }))

  /** The guest never stops: its heartbeat goes on, and with space it can write. */
  async function assertGoesOn(heartbeat: number, from: number): Promise<void> {
    assert.equal(await vm.state(), 'running')
    assert.ok((await vm.nextHeartbeat()) > heartbeat)
    const beats = vm.heartbeats(from)
    assert.deepEqual(
      beats,
      beats.toSorted((a, b) => a - b),
    )
    await volume.clear()
    assert.equal(await vm.run('cat /mnt/a/kept; echo $RANDOM >/mnt/a/more; sync'), 'kept\n')
  }

  it('a standard checkpoint whose memory will not fit is refused with the sum, and the guest goes on', async () => {
    await daemon.client.updateVm('full', { settings: { checkpointPolicy: 'Standard' } })
    const witness = await Witness.of(vm, tmpdir())
    const heartbeat = await vm.nextHeartbeat()
    const from = vm.console().length
    await volume.fill(48 * MIB)
    await assert.rejects(daemon.done(daemon.client.createCheckpoint('full', { name: 'none' })), {
      code: 'disk_full',
      message: /^This needs up to \d+ MiB \(memory \d+ MiB, .*layers .*\); ".*" has 48 MiB free/,
    })
    await witness.assertUnchanged('the VM is as before')
    await assertGoesOn(heartbeat, from)
  })

  it('a guest that writes while the memory does not fit is not stopped by it', async () => {
    const writing = 'while [ -e /tmp/go ]; do dd if=/dev/urandom of=/mnt/a/w bs=64k count=16 conv=fsync; done'
    await vm.run('dd if=/dev/urandom of=/tmp/noise bs=1M count=40')
    await vm.run(`touch /tmp/go; (${writing}; touch /tmp/ended) >/dev/null 2>&1 &`)
    const heartbeat = await vm.nextHeartbeat()
    const from = vm.console().length
    // The space goes while the memory is being saved: what is known not to fit is not begun.
    await volume.fill(120 * MIB)
    const late = join(volume.folder, 'late')
    const creating = daemon.done(daemon.client.createCheckpoint('full', { name: 'none' }))
    creating.catch(() => {}) // looked at below
    const folder = join(daemon.home, 'vms', vm.id, 'memory')
    await pollUntil(
      async () => (await readdir(folder)).some((name) => name.endsWith('.partial')) || undefined,
      {
        timeoutMs: 60_000,
        everyMs: 1,
        what: 'The beginning of a memory image',
      },
    )
    await execa('fallocate', ['-l', String((await volume.freeBytes()) - 20 * MIB), late])
    await assert.rejects(creating, {
      code: 'disk_full',
      message: /Memory image ".*\.spm" cannot be written: the file system is full/,
    })
    assert.equal(await vm.state(), 'running')
    await rm(late)
    await volume.clear()
    await vm.run('rm /tmp/go /tmp/noise; until [ -e /tmp/ended ]; do sleep 0.1; done; sync')
    await assertGoesOn(heartbeat, from)
    await daemon.settled('full')
  })

  for (const policy of ['Production', 'Standard'] as const) {
    it(`a checkpoint under ${policy} without space for a differencing disk fails`, async () => {
      await daemon.client.updateVm('full', { settings: { checkpointPolicy: policy } })
      const witness = await Witness.of(vm, tmpdir())
      const heartbeat = await vm.nextHeartbeat()
      const from = vm.console().length
      await vm.run('sync')
      await volume.fill(64 * KIB)
      await assert.rejects(daemon.done(daemon.client.createCheckpoint('full', { name: 'none' })), {
        code: 'disk_full',
      })
      await volume.clear()
      await witness.assertUnchanged('the VM is as before')
      await assertGoesOn(heartbeat, from)
      await create(policy, 'after')
      await remove('after')
      await daemon.settled('full')
    })
  }

  it('a merge stops, loses nothing, and is done when there is space', async () => {
    const writes = (file: string) => `dd if=/dev/urandom of=/mnt/a/${file} bs=1M count=12; sync`
    await create('Production', 'one')
    await vm.run(writes('x'))
    await create('Production', 'two')
    await vm.run(writes('y'))
    await create('Production', 'three')
    const before = await Witness.of(vm, tmpdir())
    const heartbeat = await vm.nextHeartbeat()
    const from = vm.console().length
    // Slow, so that the space goes while it runs: one that is known not to fit is not begun.
    await daemon.client.updateVm('full', { settings: { mergeBandwidthMiBps: 1 } })
    const task = await daemon.done(daemon.client.deleteCheckpoint('full', 'two', { subtree: false }))
    const { mergeTaskId } = task.result as { mergeTaskId: string } // a DeleteResult
    await pollUntil(async () => (await daemon.client.showTask(mergeTaskId)).percent > 0 || undefined, {
      timeoutMs: 60_000,
      everyMs: 20,
      what: 'The beginning of the merge',
    })
    await volume.fill(2 * MIB)
    const merge = await daemon.client.watchTask(mergeTaskId, () => {})
    assert.deepEqual([merge.state, merge.error?.code], ['failed', 'disk_full'])
    assert.match(merge.error?.message ?? '', /nothing was lost/)
    assert.equal((await daemon.client.showVm('full')).waitingMerges, 1)
    await volume.clear()
    await daemon.client.updateVm('full', { settings: { mergeBandwidthMiBps: null } })
    const again = await daemon.client.mergeVm('full')
    assert.equal((await daemon.client.watchTask(again?.id ?? '', () => {})).state, 'succeeded')
    // Its own file system may have written something just then; QEMU stops a guest whose write finds no space.
    if ((await vm.state()) === 'stuck') await daemon.done(daemon.client.resumeVm('full'))
    await assertGoesOn(heartbeat, from)
    const contents = await before.contentsNow()
    for (const name of ['base', 'one', 'three'])
      assert.equal(contents.get(`${name}/disk0`), before.contents.get(`${name}/disk0`), name)
    for (const name of ['one', 'three']) await remove(name)
    await daemon.settled('full')
  })

  it('a checkpoint can be deleted, which gives its space back', async () => {
    await create('Standard', 'large')
    await vm.run('sync')
    const witness = await Witness.of(vm, tmpdir())
    const { memoryBytes } = await daemon.client.showCheckpoint('full', 'large')
    await volume.fill(0)
    await remove('large')
    assert.ok((await volume.freeBytes()) >= (memoryBytes ?? 0))
    await volume.clear()
    await daemon.settled('full')
    assert.equal((await witness.contentsNow()).get('base/disk0'), witness.contents.get('base/disk0'))
  })

  it('a VM whose disk does not fit is not made, and leaves no file', async () => {
    const path = join(volume.folder, 'source.qcow2')
    await makeExt4Disk(path, { sizeMiB: 32, format: 'raw' })
    const witness = await Witness.of(vm, tmpdir())
    await volume.fill(256 * KIB)
    const disks = [{ source: 'image', path, use: 'copy' } as const]
    await assert.rejects(daemon.done(daemon.client.createVm({ name: 'new', memoryMiB: 64, disks })), {
      code: 'disk_full',
      message: /source\.qcow2|new/,
    })
    await volume.clear()
    assert.deepEqual(await readdir(join(daemon.home, 'vms')), [vm.id])
    assert.deepEqual(
      (await daemon.client.listVms()).map(({ name }) => name),
      ['full'],
    )
    await witness.assertUnchanged('the other VM is as before')
  })

  it('a guest whose own write found no space stands still, and goes on when there is some', async () => {
    const from = vm.console().length
    const heartbeat = await vm.nextHeartbeat()
    await volume.fill(MIB)
    await vm.run(
      '(dd if=/dev/urandom of=/mnt/a/big bs=1M count=16 conv=fsync && echo "WRITTEN all" >/dev/ttyS0) >/dev/null 2>&1 &',
    )
    await pollUntil(async () => ((await vm.state()) === 'stuck' ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 20,
      what: 'The guest standing still',
    })
    await assert.rejects(daemon.done(daemon.client.createCheckpoint('full', { name: 'none' })), {
      code: 'vm_state',
      message: /"full".*stopped on an error/,
    })
    await volume.clear()
    await daemon.done(daemon.client.resumeVm('full'))
    await vm.until(/WRITTEN all/, from)
    await assertGoesOn(heartbeat, from)
  })
})
