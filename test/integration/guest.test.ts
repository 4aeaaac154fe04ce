import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ApplyResult, CheckpointView } from '../../src/contract/checkpoint.ts'
import { qemuBackportFolder } from '../../tools/qemu-backport.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { checkpointContents, contentOf } from '../fixtures/images.ts'

/** What a user sees of checkpoints, on a real guest, with both QEMUs that are supported. */
for (const { version, folder } of [
  { version: /^7\.|^10\./, folder: async () => null },
  { version: /^10\./, folder: qemuBackportFolder },
]) {
  describe(`A guest on QEMU ${version.source}`, () => {
    let daemon: TestDaemon
    let vm: GuestVm

    before(async () => {
      const qemu = await folder()
      daemon = await TestDaemon.start(qemu === null ? {} : { STILLPOINT_QEMU: qemu })
      assert.match((await daemon.client.health()).qemuVersion ?? '', version)
      vm = await GuestVm.create(daemon, 'web', { disks: 2, diskMiB: 64, network: 'user' })
      await vm.boot()
    })
    after(() => daemon[Symbol.asyncDispose]())

    const setPolicy = (checkpointPolicy: 'Standard' | 'Production') =>
      daemon.client.updateVm('web', { settings: { checkpointPolicy } })
    const create = async (name: string) =>
      (await daemon.done(daemon.client.createCheckpoint('web', { name }))).result as CheckpointView
    const apply = async (name: string, checkpointFirst = false) =>
      (await daemon.done(daemon.client.applyCheckpoint('web', name, { confirm: true, checkpointFirst })))
        .result as ApplyResult

    it('is put back by a production checkpoint to data that was synced before, with a clean file system', async () => {
      await vm.run(
        'echo first > /mnt/a/f; echo first > /mnt/b/f; sync; (writer /mnt/a/numbers >/dev/null 2>&1 &)',
      )
      const made = await create('production')
      assert.equal(made.kind, 'production')
      assert.equal(made.record.consistency, 'file-system')
      assert.equal(made.record.frozenFileSystems, 2)
      assert.equal(made.record.fallbackReason, null)
      assert.ok((made.record.frozenMs ?? 0) > 0)
      await vm.run('rm /mnt/a/f; echo second > /mnt/b/f; echo later > /mnt/b/later; sync')
      const applied = await apply('production')
      assert.equal(applied.state, 'off')
      assert.equal(await vm.state(), 'off')
      const from = vm.console().length
      await vm.boot()
      assert.doesNotMatch(vm.console().slice(from), /recovered|recovery complete/)
      assert.match(vm.console().slice(from), /mount vda clean[\s\S]*mount vdb clean/)
      assert.equal(
        await vm.run('cat /mnt/a/f /mnt/b/f; ls /mnt/b/later 2>/dev/null || echo gone'),
        'first\nfirst\ngone\n',
      )
    })

    it('is only crash-consistent when its process is killed: its journal is recovered', async () => {
      await vm.run('(writer /mnt/a/numbers >/dev/null 2>&1 &) ; sleep 0.5')
      await daemon.done(daemon.client.stopVm('web', { force: true }))
      const made = await create('after a crash')
      assert.equal(made.kind, 'offline')
      assert.equal(made.record.consistency, 'crash')
      const from = vm.console().length
      await vm.boot()
      assert.match(vm.console().slice(from), /mount vda recovered/)
    })

    it('goes on from the exact heartbeat after a standard checkpoint was applied', async () => {
      await setPolicy('Standard')
      await vm.run('echo in memory > /tmp/only-in-memory; echo standard > /mnt/a/f')
      const made = await create('standard')
      assert.equal(made.kind, 'standard')
      assert.equal(made.record.consistency, 'exact-memory')
      assert.equal(made.record.captureReason, null, 'memory was saved behind the running guest')
      const reachedBefore = vm.heartbeats().at(-1) ?? 0
      await vm.run('rm /tmp/only-in-memory; echo changed > /mnt/a/f; sync')
      const crashedAt = await vm.nextHeartbeat()
      const from = vm.console().length
      const applied = await apply('standard')
      assert.equal(applied.state, 'running')
      assert.equal(applied.clock, 'set')
      await vm.nextHeartbeat()
      // What the old guest still printed comes first; the new one goes on from the instant of the checkpoint.
      const counted = vm.heartbeats(from)
      const back = counted.findIndex((counter, index) => counter < (counted[index - 1] ?? crashedAt))
      const first = counted[back] ?? 0
      assert.ok(
        first > 0 && first <= reachedBefore + 1,
        `it went on at ${first}, the checkpoint was made before ${reachedBefore}`,
      )
      assert.deepEqual(
        counted.slice(back, back + 3),
        [first, first + 1, first + 2].slice(0, counted.slice(back, back + 3).length),
      )
      const console = vm.console()
      const beforeInstant = console.slice(0, from).match(new RegExp(`^hb ${first - 1} `, 'm'))
      assert.ok(beforeInstant, 'the heartbeat before it was printed by the guest that was saved')
      assert.equal(await vm.run('cat /tmp/only-in-memory /mnt/a/f'), 'in memory\nstandard\n')
      assert.ok(Math.abs(Number(await vm.run('date +%s')) - Date.now() / 1000) < 5, 'its clock was set')
    })

    it('can be saved again after it was applied, and applied again', async () => {
      const second = await create('second')
      assert.equal(second.record.captureReason, null)
      assert.equal((await apply('standard')).state, 'running')
      assert.equal((await apply('second')).state, 'running')
      assert.equal(await vm.run('cat /tmp/only-in-memory'), 'in memory\n')
    })

    it('keeps its state in a checkpoint of its own when that is asked for before an apply', async () => {
      await vm.run('echo precious > /tmp/precious')
      const applied = await apply('standard', true)
      assert.equal(applied.created?.kind, 'standard')
      assert.equal(await vm.run('cat /tmp/precious 2>/dev/null || echo gone'), 'gone\n')
      assert.equal((await apply(applied.created?.id ?? '')).state, 'running')
      assert.equal(await vm.run('cat /tmp/precious'), 'precious\n')
    })

    it('reverts to the checkpoint that Now hangs under', async () => {
      const parent = (await daemon.client.listCheckpoints('web')).find(({ isNowParent }) => isNowParent)
      await vm.run('rm /tmp/precious')
      const task = await daemon.done(daemon.client.revertVm('web', { confirm: true }))
      assert.equal((task.result as ApplyResult).checkpoint.id, parent?.id)
      assert.equal(await vm.run('cat /tmp/precious'), 'precious\n')
    })

    it('keeps writing while checkpoints are deleted at every place of the tree', async () => {
      await setPolicy('Production')
      await vm.run(
        '(writer /mnt/b/numbers >/dev/null 2>&1 &); dd if=/dev/urandom of=/mnt/a/big bs=1M count=8; sync',
      )
      await create('trunk')
      await vm.run('dd if=/dev/urandom of=/mnt/a/big bs=1M count=8; sync')
      await setPolicy('Standard')
      await create('twig')
      await vm.run(
        'dd if=/dev/urandom of=/mnt/a/big2 bs=1M count=8; sync; md5sum /mnt/a/big /mnt/a/big2 > /tmp/sums',
      )
      for (const victim of ['trunk', 'production', 'second', 'twig', 'after a crash']) {
        const contents = await checkpointContents(await vm.document(), daemon.home)
        await daemon.done(daemon.client.deleteCheckpoint('web', victim, { subtree: false }))
        await daemon.settled('web')
        const now = await checkpointContents(await vm.document(), daemon.home)
        for (const [name, content] of now)
          assert.equal(content, contents.get(name), `${name}, after "${victim}" was deleted`)
        await vm.nextHeartbeat()
      }
      assert.equal(await vm.run('md5sum /mnt/a/big /mnt/a/big2 | diff - /tmp/sums && echo same'), 'same\n')
      assert.match(await vm.run('tail -n 1 /mnt/b/numbers'), /^\d+$/m)
      assert.equal((await apply('standard')).state, 'running')
      assert.equal(await vm.run('cat /tmp/only-in-memory'), 'in memory\n')
    })

    it('deletes a subtree in one operation', async () => {
      await create('root of many')
      await create('below')
      await apply('root of many')
      await create('beside')
      const task = await daemon.done(daemon.client.deleteCheckpoint('web', 'root of many', { subtree: true }))
      assert.deepEqual(
        (task.result as { deleted: { name: string }[] }).deleted.map(({ name }) => name),
        ['root of many', 'below', 'beside'],
      )
      await daemon.settled('web')
      await vm.nextHeartbeat()
    })

    it('reads the same from its disks after all merges, when it is off', async () => {
      await vm.run('sync')
      await daemon.done(daemon.client.stopVm('web'))
      await setPolicy('Standard')
      const made = await create('off')
      assert.equal(made.kind, 'offline')
      assert.equal(made.record.consistency, 'file-system')
      const contentOfNow = async () => {
        const { layers, active } = await vm.document()
        return await Promise.all(
          Object.values(active).map(async (id) => {
            const layer = layers[id]
            assert.ok(layer)
            return await contentOf(layer, daemon.home)
          }),
        )
      }
      const contents = await contentOfNow()
      for (const { name } of await daemon.client.listCheckpoints('web')) {
        await daemon.done(daemon.client.deleteCheckpoint('web', name, { subtree: false }))
      }
      await daemon.done(daemon.client.forgetDiscarded('web', null))
      await daemon.settled('web')
      assert.deepEqual(await contentOfNow(), contents)
      assert.equal(Object.keys((await vm.document()).layers).length, 2, 'one layer per disk is left')
      await vm.boot()
    })
  })
}
