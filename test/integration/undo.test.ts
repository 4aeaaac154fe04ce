import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ApplyResult } from '../../src/contract/checkpoint.ts'
import { pollUntil } from '../../src/core/deadline.ts'
import { isStillpointError } from '../../src/core/error.ts'
import { qemuProcessesUnder } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'

/** What an apply discards comes back: the exact instant of a guest that ran, the disks of one that was off. */
describe('Undoing an apply', () => {
  let daemon: TestDaemon
  let vm: GuestVm

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'undo', {
      diskMiB: 64,
      settings: { checkpointPolicy: 'Standard' },
    })
    await vm.boot()
    await vm.run('echo early > /mnt/a/f; echo early > /tmp/memory; sync')
    await daemon.done(daemon.client.createCheckpoint('undo', { name: 'early' }))
    await daemon.settled('undo')
  })
  after(() => daemon[Symbol.asyncDispose]())

  const apply = async (name: string) =>
    (await daemon.done(daemon.client.applyCheckpoint('undo', name, { confirm: true }))).result as ApplyResult
  const undo = async (stateId: string | null = null) =>
    (await daemon.done(daemon.client.undoApply('undo', { stateId, confirm: true }))).result as ApplyResult
  const state = () => vm.run('cat /mnt/a/f /tmp/memory')
  const images = () => readdirSync(join(daemon.home, 'vms', vm.id, 'memory')).sort()

  it('resumes the running guest at the instant in which it was discarded', async () => {
    await vm.run('echo work > /mnt/a/f; echo work > /tmp/memory') // not synced: it is in the guest's memory only
    const last = await vm.nextHeartbeat()
    const applied = await apply('early')
    assert.ok(applied.undo, 'what was discarded is kept')
    assert.equal(await state(), 'early\nearly\n')
    await daemon.settled('undo')
    const [kept] = await daemon.client.listDiscarded('undo')
    assert.equal(kept?.consistency, 'exact-memory')
    assert.equal(kept?.applied, 'early')
    const from = vm.console().length
    const undone = await undo()
    assert.equal(undone.state, 'running')
    // The guest that was put back first may have printed one more before it was paused.
    const first = await pollUntil(() => vm.heartbeats(from).find((counter) => counter > last), {
      timeoutMs: 60_000,
      everyMs: 10,
      what: 'A heartbeat of the guest that was brought back',
    })
    assert.ok(first < last + 200, `went on at ${first} after ${last}`)
    assert.equal(await state(), 'work\nwork\n')
  })

  it('keeps what an undo discards, goes back to it by its id only, and frees what is forgotten', async () => {
    await daemon.settled('undo')
    const kept = await daemon.client.listDiscarded('undo')
    assert.deepEqual(
      kept.map(({ cause }) => cause),
      ['undo'],
    )
    await assert.rejects(undo(), { code: 'nothing_to_undo' })
    const [byUndo] = kept
    assert.ok(byUndo)
    await undo(byUndo.id)
    assert.equal(await state(), 'early\nearly\n')
    await daemon.settled('undo')
    await daemon.done(daemon.client.forgetDiscarded('undo', null))
    await daemon.settled('undo')
    assert.deepEqual(await daemon.client.listDiscarded('undo'), [])
    assert.equal(images().length, 1, 'the image of the checkpoint is left')
    const { layers } = await vm.document()
    assert.equal(Object.keys(layers).length, 2, 'the checkpoint and Now')
  })

  it('brings back the disks of a VM that was off, and a paused guest paused', async () => {
    await vm.run('echo off > /mnt/a/f; sync')
    await daemon.done(daemon.client.pauseVm('undo'))
    await apply('early')
    const paused = await undo()
    assert.equal(paused.state, 'paused')
    assert.equal(await vm.state(), 'paused')
    await daemon.done(daemon.client.resumeVm('undo'))
    assert.equal(await vm.run('cat /mnt/a/f'), 'off\n')
    await daemon.done(daemon.client.stopVm('undo', { force: true }))
    await apply('early')
    await vm.run('echo lost > /mnt/a/f; sync')
    const undone = await undo()
    assert.equal(undone.state, 'off')
    await vm.boot()
    assert.equal(await vm.run('cat /mnt/a/f'), 'off\n')
  })

  it('keeps the disks when the daemon is killed before the memory was saved', async () => {
    await vm.run('echo killed > /mnt/a/f; sync')
    await daemon.stop()
    await daemon.start({ STILLPOINT_FAILPOINT: 'keep:open=SIGKILL' })
    await apply('early').catch((error) => {
      if (isStillpointError(error)) assert.equal(error.code, 'daemon_unreachable')
    })
    await daemon.ended()
    await daemon.start()
    await daemon.settled('undo')
    assert.equal(qemuProcessesUnder(daemon.home).length, 1, 'the old guest was ended')
    const before = images()
    const undoable = (await daemon.client.showVm('undo')).undo
    assert.equal(undoable?.consistency, 'crash')
    assert.equal(await state(), 'early\nearly\n')
    const undone = await undo()
    assert.equal(undone.state, 'off')
    await vm.boot()
    assert.equal(await vm.run('cat /mnt/a/f'), 'killed\n')
    assert.ok(before.every((name) => !name.endsWith('.partial')))
  })

  it('keeps nothing when its undo time is 0, and only so many states otherwise', async () => {
    await daemon.settled('undo')
    await daemon.done(daemon.client.forgetDiscarded('undo', null))
    await daemon.client.updateVm('undo', { settings: { undoHours: 0 } })
    const applied = await apply('early')
    assert.equal(applied.undo, null)
    await assert.rejects(undo(), { code: 'nothing_to_undo', message: /0 hours/ })
    await daemon.client.updateVm('undo', { settings: { undoHours: 24 } })
    for (let count = 0; count < 6; count++) await apply('early')
    assert.equal((await daemon.client.listDiscarded('undo')).length, 4)
    await daemon.settled('undo')
    assert.equal(await state(), 'early\nearly\n')
  })
})
