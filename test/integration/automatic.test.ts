import assert from 'node:assert/strict'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ApplyResult, CheckpointView } from '../../src/contract/checkpoint.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { Notices } from '../fixtures/notices.ts'

describe('An automatic checkpoint', () => {
  let daemon: TestDaemon
  before(async () => {
    daemon = await TestDaemon.start()
  })
  after(() => daemon[Symbol.asyncDispose]())

  const names = async (vm: string) => (await daemon.client.listCheckpoints(vm)).map(({ name }) => name)
  const start = (vm: string) => daemon.done(daemon.client.startVm(vm))
  const forceOff = (vm: string) => daemon.done(daemon.client.stopVm(vm, { force: true }))
  /** Of a VM whose firmware finds nothing to boot. */
  const make = (name: string, settings: object, kernel?: string) =>
    daemon.done(
      daemon.client.createVm({
        name,
        memoryMiB: 64,
        network: 'none',
        disks: [{ source: 'empty', sizeBytes: 1024 * 1024 }],
        boot: kernel === undefined ? null : { kernel },
        settings: { automaticCheckpoints: true, ...settings },
      }),
    )

  it('is taken at the start, outlives what is no clean stop, and goes with a clean one', async () => {
    const vm = await GuestVm.create(daemon, 'web', { diskMiB: 32 })
    const location = join(daemon.home, 'fast')
    await daemon.client.updateVm('web', {
      settings: {
        automaticCheckpoints: true,
        checkpointLocation: location,
        checkpointPolicy: 'Standard',
        undoHours: 0,
      },
    })
    await vm.boot()
    const [taken] = await daemon.client.listCheckpoints('web')
    assert.match(taken?.name ?? '', /^Automatic Checkpoint - web - \(\d/)
    assert.deepEqual([taken?.automatic, taken?.kind, taken?.isNowParent], [true, 'offline', true])
    assert.equal(taken?.record.consistency, 'crash') // nobody knows how the image went down that it was made from

    await daemon.done(daemon.client.stopVm('web', { force: true }))
    await vm.boot()
    assert.deepEqual(await names('web'), [taken?.name])

    await vm.run('echo before > /mnt/a/f; sync')
    const made = await daemon.done(daemon.client.createCheckpoint('web', { name: 'mine' }))
    assert.equal((made.result as CheckpointView).kind, 'standard')
    assert.equal((await readdir(join(location, vm.id, 'memory'))).length, 1)
    await vm.run('echo after > /mnt/a/f; sync')
    const applied = await daemon.done(daemon.client.applyCheckpoint('web', 'mine', { confirm: true }))
    assert.equal((applied.result as ApplyResult).state, 'running')
    assert.equal(await vm.run('cat /mnt/a/f'), 'before\n')

    await daemon.done(daemon.client.stopVm('web'))
    assert.deepEqual(await names('web'), ['mine'])
    await daemon.done(daemon.client.deleteCheckpoint('web', 'mine', { subtree: false }))
    await daemon.settled('web')
    assert.deepEqual(await readdir(join(location, vm.id, 'layers')), [])
    assert.deepEqual(await readdir(join(location, vm.id, 'memory')), [])

    // The guest ends by itself this time.
    await vm.boot()
    assert.match((await names('web')).join(), /^Automatic Checkpoint/)
    assert.equal(await vm.run('cat /mnt/a/f'), 'before\n')
    await vm.run('(sleep 0.2; poweroff -f) >/dev/null 2>&1 &')
    await daemon.settled('web')
    for (;;) if ((await vm.state()) === 'off') break
    await daemon.settled('web')
    assert.deepEqual(await names('web'), [])
    assert.deepEqual(await readdir(join(location, vm.id, 'layers')), [])
  })

  it('is not taken when checkpoints are disabled, nor beside others', async () => {
    await make('disabled', { checkpointPolicy: 'Disabled' })
    await start('disabled')
    assert.deepEqual(await names('disabled'), [])
    await forceOff('disabled')
    await daemon.client.updateVm('disabled', { settings: { checkpointPolicy: 'ProductionOnly' } })
    await daemon.done(daemon.client.createCheckpoint('disabled', { name: 'mine' }))
    await start('disabled')
    assert.deepEqual(await names('disabled'), ['mine'])
    await forceOff('disabled')
  })

  it('is taken back when the VM does not start', async () => {
    const kernel = join(daemon.home, 'kernel')
    await writeFile(kernel, 'no kernel')
    await make('broken', {}, kernel)
    await rm(kernel)
    await assert.rejects(start('broken'), { code: 'hypervisor_failed' })
    await daemon.settled('broken')
    assert.deepEqual(await names('broken'), [])
    assert.equal((await daemon.client.showVm('broken')).disks[0]?.layers, 1)
  })

  it('that cannot be taken keeps no VM from starting, and that is told', async () => {
    const location = join(daemon.home, 'gone')
    await make('unlucky', { checkpointLocation: location })
    await rename(location, `${location}-away`)
    await mkdir(location)
    await using notices = await Notices.of(daemon.client)
    await start('unlucky')
    assert.deepEqual(await names('unlucky'), [])
    assert.equal((await daemon.client.showVm('unlucky')).state, 'running')
    await forceOff('unlucky')
    const [notice] = notices.list
    assert.ok(notice?.level === 'warning', JSON.stringify(notices.list))
    assert.match(notice.message, /"unlucky" starts without its automatic checkpoint: .*Mount it again/)
  })
})
