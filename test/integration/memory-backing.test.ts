import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { ApplyResult, CheckpointView } from '../../src/contract/checkpoint.ts'
import { isStillpointError } from '../../src/core/error.ts'
import { qemuBackportFolder } from '../../tools/qemu-backport.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'

const reserved = '/proc/sys/vm/nr_hugepages'
const memoryMiB = 128
const neededHugePages = 2 * (memoryMiB / 2)

/** What a guest's memory is made of decides how it can be saved and loaded; both work with all of it. */
for (const { version, folder } of [
  { version: /^7\.|^10\./, folder: async () => null },
  { version: /^10\./, folder: qemuBackportFolder },
]) {
  describe(`Memory that is not the usual one, on QEMU ${version.source}`, () => {
    let daemon: TestDaemon
    const reservedBefore = readFileSync(reserved, 'utf8')

    before(async () => {
      const qemu = await folder()
      daemon = await TestDaemon.start(qemu === null ? {} : { STILLPOINT_QEMU: qemu })
      assert.match((await daemon.client.health()).qemuVersion ?? '', version)
    })
    after(async () => {
      await daemon[Symbol.asyncDispose]()
      writeFileSync(reserved, reservedBefore)
    })

    const bootedVm = async (memoryBacking: 'shared' | 'huge-pages') => {
      const settings = { checkpointPolicy: 'Standard' } as const
      const vm = await GuestVm.create(daemon, memoryBacking, { memoryMiB, memoryBacking, settings })
      await vm.boot()
      return vm
    }
    const there = async (vm: GuestVm) => {
      await vm.run('echo kept > /tmp/f')
      const task = await daemon.done(daemon.client.createCheckpoint(vm.name, { name: 'here' }))
      await vm.run('echo lost > /tmp/f')
      return (task.result as CheckpointView).record
    }
    const backAgain = async (vm: GuestVm) => {
      const options = { confirm: true, checkpointFirst: false }
      const { result } = await daemon.done(daemon.client.applyCheckpoint(vm.name, 'here', options))
      assert.equal(await vm.run('cat /tmp/f'), 'kept\n')
      return (result as ApplyResult).memory
    }

    it('shared memory is saved behind the running guest, and loaded lazily', async () => {
      const vm = await bootedVm('shared')
      const record = await there(vm)
      assert.equal(record.captureReason, null)
      assert.deepEqual(await backAgain(vm), { mode: 'lazy', reason: null })
      await daemon.done(daemon.client.stopVm(vm.name, { force: true }))
    })

    it('huge pages are saved behind the running guest, and loaded before it runs, which is on record', async () => {
      writeFileSync(reserved, String(neededHugePages))
      assert.equal(Number(readFileSync(reserved, 'utf8')), neededHugePages, 'the host could reserve them')
      const vm = await bootedVm('huge-pages')
      const record = await there(vm)
      assert.equal(record.captureReason, null)
      const loaded = await backAgain(vm)
      assert.equal(loaded?.mode, 'eager')
      assert.match(loaded?.reason ?? '', /huge pages/)
      await daemon.done(daemon.client.stopVm(vm.name, { force: true }))
    })

    it('huge pages that the host has not reserved are an error that says so, and nothing is left', async () => {
      writeFileSync(reserved, '0')
      await assert.rejects(
        daemon.done(daemon.client.startVm('huge-pages')),
        (error) => isStillpointError(error, 'memory_short') && /huge pages/.test(error.message),
      )
      assert.equal((await daemon.client.showVm('huge-pages')).state, 'off')
    })
  })
}
