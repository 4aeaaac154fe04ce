import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import { qemuProcessesUnder } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { whileHeld } from '../fixtures/hold.ts'
import { checkpointContents, strayFiles } from '../fixtures/images.ts'

const bigWrites = 'dd if=/dev/urandom of=/mnt/a/big bs=1M count=6; sync'

/**
 * QEMU is killed in the middle of each operation, under a daemon that lives on. Every checkpoint reads as
 * before, the VM is off and can be used again, and the error says what happened.
 */
describe('When QEMU is killed', () => {
  let daemon: TestDaemon
  let vm: GuestVm

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'killed', { diskMiB: 32 })
    await vm.boot()
    await vm.run('echo base >/mnt/a/f; sync')
    await create('Production', 'base')
    await vm.run('echo running >/mnt/a/f; sync')
    await create('Standard', 'running')
  })
  after(() => daemon[Symbol.asyncDispose]())

  const setPolicy = (checkpointPolicy: 'Standard' | 'Production' | 'ProductionOnly') =>
    daemon.client.updateVm('killed', { settings: { checkpointPolicy } })
  async function create(policy: 'Standard' | 'Production' | 'ProductionOnly', name: string): Promise<void> {
    await setPolicy(policy)
    await daemon.done(daemon.client.createCheckpoint('killed', { name }))
  }
  const apply = (name: string) =>
    daemon.done(daemon.client.applyCheckpoint('killed', name, { confirm: true }))
  const remove = (name: string) =>
    daemon.done(daemon.client.deleteCheckpoint('killed', name, { subtree: false }))
  const contents = async () => checkpointContents(await vm.document(), tmpdir())

  const kill = async (pids: readonly number[]) => {
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await pollUntil(
      () => (qemuProcessesUnder(daemon.home).some(({ pid }) => pids.includes(pid)) ? undefined : true),
      {
        timeoutMs: 30_000,
        everyMs: 5,
        what: 'The end of QEMU',
      },
    )
  }
  const killAll = () => kill(qemuProcessesUnder(daemon.home).map(({ pid }) => pid))
  /** Of the processes, the one that the VM did not have before. */
  const killNew = async () => {
    const old = await vm.pid()
    await kill(qemuProcessesUnder(daemon.home).flatMap(({ pid }) => (pid === old ? [] : [pid])))
  }
  const killOld = async () => kill([await vm.pid()])

  /** Runs the operation up to the journal step, kills, and lets it go on. */
  async function killedAt<T>(
    step: string,
    operation: () => Promise<T>,
    killing = killAll,
  ): Promise<PromiseSettledResult<T>> {
    assert.equal(await daemon.stop(), 0)
    await daemon.start({ STILLPOINT_FAILPOINT: `${step}=SIGSTOP` })
    if ((await vm.state()) === 'off') await apply('running')
    return await whileHeld(daemon, operation, killing)
  }

  /** The VM and all its files; `next` is how it is brought up again. */
  async function assertInOrder(
    before: Map<string, string>,
    state: 'off' | 'running',
    next: 'start' | 'apply' = 'start',
  ): Promise<void> {
    await pollUntil(async () => ((await vm.state()) === state ? true : undefined), {
      timeoutMs: 30_000,
      everyMs: 20,
      what: `The VM being ${state}`,
    })
    await daemon.settled('killed')
    const now = await contents()
    for (const [name, content] of before) assert.equal(now.get(name), content, `${name} changed`)
    const document = await vm.document()
    assert.deepEqual(await strayFiles(document, join(daemon.home, 'vms', vm.id)), [])
    assert.deepEqual(
      qemuProcessesUnder(daemon.home).map(({ pid }) => pid),
      document.instance ? [document.instance.pid] : [],
    )
    if (state === 'off') await (next === 'start' ? vm.boot() : apply('running'))
    await vm.nextHeartbeat()
    assert.equal(await vm.run('echo $RANDOM >/mnt/a/again; sync; echo usable'), 'usable\n')
  }

  function assertFailed(outcome: PromiseSettledResult<unknown>, code: RegExp): void {
    assert.equal(outcome.status, 'rejected')
    const error = outcome.reason as { code: string; message: string } // a StillpointError
    assert.match(error.code, code, error.message)
    assert.ok(error.message.length > 20)
  }

  for (const [policy, step] of [
    ['Production', 'layers'],
    ['Production', 'switching'],
    ['ProductionOnly', 'switching'],
    ['Standard', 'layers'],
    ['Standard', 'switching'],
    ['Standard', 'switched'],
  ] as const) {
    it(`after "${step}" of a checkpoint under ${policy}, there is no checkpoint`, async () => {
      await setPolicy(policy)
      const before = await contents()
      const outcome = await killedAt(`create:${step}`, () => create(policy, 'none'))
      assertFailed(outcome, /^hypervisor_gone$/)
      await assertInOrder(before, 'off', step === 'switched' ? 'start' : 'apply')
      assert.deepEqual([...(await contents()).keys()], [...before.keys()])
    })
  }

  it('after the memory of a standard checkpoint was saved, the checkpoint is good', async () => {
    const before = await contents()
    const outcome = await killedAt('create:saved', () => create('Standard', 'saved'))
    assert.equal(outcome.status, 'fulfilled')
    await assertInOrder(before, 'off', 'apply')
    await apply('saved')
    assert.equal(await vm.run('cat /mnt/a/f'), 'running\n')
    await remove('saved')
    await daemon.settled('killed')
  })

  it('and it is the paused guest that an apply replaces, the apply goes on', async () => {
    const before = await contents()
    await vm.run('echo discarded >/mnt/a/f; sync')
    const outcome = await killedAt('apply:paused', () => apply('running'), killOld)
    assert.equal(outcome.status, 'fulfilled', String((outcome as PromiseRejectedResult).reason))
    await assertInOrder(before, 'running')
    assert.equal(await vm.run('cat /mnt/a/f'), 'running\n')
  })

  it('and it is the new guest of an apply, the old guest goes on', async () => {
    const before = await contents()
    await vm.run('echo kept >/mnt/a/f; sync')
    const heartbeat = await vm.nextHeartbeat()
    const outcome = await killedAt('apply:loaded', () => apply('running'), killNew)
    assertFailed(outcome, /^hypervisor_gone$/)
    await assertInOrder(before, 'running')
    assert.ok((await vm.nextHeartbeat()) > heartbeat)
    assert.equal(await vm.run('cat /mnt/a/f'), 'kept\n')
  })

  it('and it is the new guest of an apply that was recorded, the VM is off at the checkpoint', async () => {
    const before = await contents()
    await vm.run('echo discarded >/mnt/a/f; sync')
    const outcome = await killedAt(
      'apply:close',
      () => apply('running'),
      async () => {
        const { instance } = await vm.document()
        const pids = qemuProcessesUnder(daemon.home).map(({ pid }) => pid)
        assert.equal(pids.length, 2)
        await kill(pids.filter((pid) => pid !== instance?.pid))
      },
    )
    assertFailed(outcome, /^hypervisor_gone$/)
    await assertInOrder(before, 'off')
    assert.equal(await vm.run('cat /mnt/a/f'), 'running\n')
  })

  for (const direction of ['down', 'up'] as const) {
    for (const step of direction === 'down' ? ['open', 'pivoting'] : ['open', 'copied']) {
      it(`after "${step}" of a merge ${direction}, nothing is lost and the merge is done without it`, async () => {
        await create('Standard', 'above')
        if (direction === 'down') await vm.run(bigWrites)
        await create('Standard', 'victim')
        if (direction === 'up') await vm.run(bigWrites)
        await vm.run('echo latest >/mnt/a/latest; sync')
        const before = await contents()
        before.delete('victim/disk0')
        const outcome = await killedAt(`merge:${step}`, async () => {
          const { result } = await remove('victim')
          const { mergeTaskId } = result as { mergeTaskId: string } // a DeleteResult
          return await daemon.client.watchTask(mergeTaskId, () => {})
        })
        assert.equal(outcome.status, 'fulfilled')
        assert.equal(outcome.value.state, 'succeeded', outcome.value.error?.message)
        await assertInOrder(before, 'off')
        assert.equal((await daemon.client.showVm('killed')).waitingMerges, 0)
        assert.equal(await vm.run('cat /mnt/a/latest'), 'latest\n')
        await remove('above')
        await daemon.settled('killed')
      })
    }
  }

  it('while it was asked to shut down, the VM is off, and its disks count as after a power failure', async () => {
    // The guest does not listen to its power button.
    await vm.run('rm -r /etc/acpi/PWRF')
    const stopping = daemon.done(daemon.client.stopVm('killed', { timeoutSeconds: 60 }))
    await pollUntil(
      async () =>
        (await daemon.client.showVm('killed')).status?.startsWith('Stopping (10') ? true : undefined,
      {
        timeoutMs: 30_000,
        everyMs: 10,
        what: 'The request to shut down',
      },
    )
    await killAll()
    await stopping
    assert.equal(await vm.state(), 'off')
    const task = await daemon.done(daemon.client.createCheckpoint('killed', { name: 'off' }))
    const { kind, record } = task.result as { kind: string; record: { consistency: string } } // a CheckpointView
    assert.deepEqual([kind, record.consistency], ['offline', 'crash'])
    await remove('off')
    await vm.boot()
  })
})
