import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { CheckpointView } from '../../src/contract/checkpoint.ts'
import type { TaskView } from '../../src/contract/task.ts'
import { pollUntil } from '../../src/core/deadline.ts'
import { MIB } from '../../src/core/units.ts'
import { qemuBackportFolder } from '../../tools/qemu-backport.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { applyHeld, killRestore, nextRestore, restoresEnded, writtenBytes } from '../fixtures/held-load.ts'
import { MemoryVm } from '../fixtures/memory-vm.ts'

/**
 * A guest runs while pages of its memory are still on their way. Whatever is done to it then, or happens to
 * the process that delivers them: it never reads anything that is wrong.
 */
for (const { version, folder } of [
  { version: /^7\.|^10\./, folder: async () => null },
  { version: /^10\./, folder: qemuBackportFolder },
]) {
  describe(`While memory is being loaded on QEMU ${version.source}`, () => {
    let daemon: TestDaemon
    let vm: MemoryVm

    before(async () => {
      const qemu = await folder()
      daemon = await TestDaemon.start(qemu === null ? {} : { STILLPOINT_QEMU: qemu })
      assert.match((await daemon.client.health()).qemuVersion ?? '', version)
      vm = await MemoryVm.boot(daemon, 'load', 48, { memoryMiB: 192, diskMiB: 32 })
      await vm.create('full')
    })
    after(() => daemon[Symbol.asyncDispose]())

    /** The guest has all of its data, all of its memory is there, and nobody delivers any more. */
    async function assertLoaded(): Promise<void> {
      await vm.assertWhole()
      await vm.resident()
      await restoresEnded(daemon.home)
      await vm.guest.nextHeartbeat()
      const { state, memoryResidentPercent } = await daemon.client.showVm('load')
      assert.deepEqual({ state, memoryResidentPercent }, { state: 'running', memoryResidentPercent: null })
    }

    const until = async (what: string, probe: () => Promise<boolean>) =>
      pollUntil(async () => ((await probe()) ? true : undefined), { timeoutMs: 60_000, everyMs: 20, what })

    describe('the process that delivers it is killed,', () => {
      it('and another one goes on', async () => {
        const load = await applyHeld(vm, 'full')
        await load.kill()
        await assertLoaded()
      })

      it('and so is the one that goes on, at its start and later: another one goes on each time', async () => {
        const load = await applyHeld(vm, 'full')
        await load.kill()
        const second = await nextRestore(daemon.home, load.pid)
        await killRestore(daemon.home, second)
        const third = await nextRestore(daemon.home, second)
        await until('Some memory from the third', async () => writtenBytes(third) > MIB)
        await killRestore(daemon.home, third)
        await assertLoaded()
      })

      it('while no daemon runs: the next daemon starts another one', async () => {
        const load = await applyHeld(vm, 'full')
        await daemon.kill()
        await load.kill()
        await daemon.start()
        await assertLoaded()
      })
    })

    describe('the daemon', () => {
      it('is killed: the load goes on without it, and the next daemon shows how far it is', async () => {
        const load = await applyHeld(vm, 'full')
        await daemon.kill()
        const { memoryResidentPercent } = await load.slowly(async () => {
          await daemon.start()
          return await daemon.client.showVm('load')
        })
        assert.ok(memoryResidentPercent !== null && memoryResidentPercent < 100)
        load.letGo()
        await assertLoaded()
      })

      it('is killed: all of it arrives without one, and the next daemon sees that', async () => {
        const load = await applyHeld(vm, 'full')
        await daemon.kill()
        load.letGo()
        await vm.assertWhole()
        await restoresEnded(daemon.home)
        await daemon.start()
        await assertLoaded()
      })

      it('stops in order, and the guest goes on', async () => {
        const load = await applyHeld(vm, 'full')
        assert.equal(await daemon.stop(), 0)
        load.letGo()
        await vm.assertWhole()
        await vm.guest.nextHeartbeat()
        await daemon.start()
        await assertLoaded()
      })
    })

    describe('somebody asks for', () => {
      it('a standard checkpoint, which waits for it, and holds all of it', async () => {
        const load = await applyHeld(vm, 'full')
        const task = await daemon.client.createCheckpoint('load', { name: 'waited' })
        await until('The checkpoint waiting', async () =>
          (await daemon.client.showTask(task.id)).message.startsWith('waiting for the memory'),
        )
        load.letGo()
        const made = (await daemon.done(Promise.resolve<TaskView>(task))).result as CheckpointView
        assert.equal(made.record.captureReason, null)
        await vm.apply('waited')
        await assertLoaded()
        await vm.remove('waited')
      })

      it('a standard checkpoint, and cancels it while it waits', async () => {
        const load = await applyHeld(vm, 'full')
        const task = await daemon.client.createCheckpoint('load', { name: 'none' })
        await daemon.client.cancelTask(task.id)
        assert.equal((await daemon.client.watchTask(task.id, () => {})).state, 'cancelled')
        load.letGo()
        await assertLoaded()
        assert.deepEqual(
          (await daemon.client.listCheckpoints('load')).map(({ name }) => name),
          ['full'],
        )
      })

      it('a production checkpoint, which needs none of it', async () => {
        await daemon.client.updateVm('load', { settings: { checkpointPolicy: 'ProductionOnly' } })
        const load = await applyHeld(vm, 'full')
        load.letGo()
        assert.equal((await vm.create('production')).kind, 'production')
        await assertLoaded()
        await vm.remove('production')
        await daemon.client.updateVm('load', { settings: { checkpointPolicy: 'Standard' } })
        await daemon.settled('load')
      })

      it('another apply, which takes place', async () => {
        const load = await applyHeld(vm, 'full')
        await load.slowly(() => vm.apply('full'))
        load.letGo()
        await assertLoaded()
      })

      it('a pause: memory follows to a guest that stands still, and it goes on when it is resumed', async () => {
        const load = await applyHeld(vm, 'full')
        const pausing = daemon.done(daemon.client.pauseVm('load'))
        load.letGo()
        await pausing
        await vm.resident()
        assert.equal(await vm.guest.state(), 'paused')
        await daemon.done(daemon.client.resumeVm('load'))
        await assertLoaded()
      })

      it('the very checkpoint to be deleted: its image goes when nobody needs it any more', async () => {
        await vm.create('victim')
        const file = await vm.memoryFile('victim')
        const load = await applyHeld(vm, 'victim')
        const removing = vm.remove('victim')
        await until('The checkpoint gone', async () =>
          (await vm.guest.document()).checkpoints.every(({ name }) => name !== 'victim'),
        )
        assert.deepEqual((await vm.guest.document()).keptImages, [file])
        assert.ok(existsSync(file))
        load.letGo()
        await removing
        await assertLoaded()
        await until('The image gone', async () => !existsSync(file))
        await daemon.settled('load')
        assert.deepEqual(await vm.keptImages(), [])
      })

      it('the guest to shut down, which it does', async () => {
        const load = await applyHeld(vm, 'full')
        const stopping = daemon.done(daemon.client.stopVm('load'))
        load.letGo()
        await stopping
        assert.equal(await vm.guest.state(), 'off')
        await restoresEnded(daemon.home)
        await vm.apply('full')
        await assertLoaded()
      })

      it('its end, which comes at once', async () => {
        const load = await applyHeld(vm, 'full')
        await daemon.done(daemon.client.stopVm('load', { force: true }))
        assert.equal(await vm.guest.state(), 'off')
        assert.equal((await vm.guest.document()).instance, null)
        load.letGo()
        await restoresEnded(daemon.home)
        await vm.guest.boot()
      })
    })
  })
}
