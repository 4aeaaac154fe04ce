import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import type { CheckpointView } from '../../src/contract/checkpoint.ts'
import type { TaskView } from '../../src/contract/task.ts'
import { pollUntil } from '../../src/core/deadline.ts'
import { errorRegistry } from '../../src/core/error-registry.ts'
import { cli, cliProgram } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { held, holdSaving } from '../fixtures/hold.ts'
import { Witness } from '../fixtures/witness.ts'

const bigWrites = 'dd if=/dev/urandom of=/mnt/a/big bs=1M count=8; sync'

describe('Several clients, and clients that change their mind', () => {
  let daemon: TestDaemon
  let vm: GuestVm

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'busy', { diskMiB: 32, settings: { checkpointPolicy: 'Standard' } })
    await vm.boot()
    await vm.run('echo base >/mnt/a/f; sync')
    await create('base')
  })
  after(() => daemon[Symbol.asyncDispose]())

  const create = (name: string) => daemon.done(daemon.client.createCheckpoint('busy', { name }))
  const apply = (name: string) => daemon.done(daemon.client.applyCheckpoint('busy', name, { confirm: true }))
  const remove = (name: string) =>
    daemon.done(daemon.client.deleteCheckpoint('busy', name, { subtree: false }))
  const names = async () => (await daemon.client.listCheckpoints('busy')).map(({ name }) => name)
  const codes = (outcomes: PromiseSettledResult<unknown>[]) =>
    outcomes
      .map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'ok'))
      .sort()

  async function restartWith(failpoint: string | null): Promise<void> {
    assert.equal(await daemon.stop(), 0)
    await daemon.start(failpoint === null ? {} : { STILLPOINT_FAILPOINT: failpoint })
  }

  /** The guest runs on; it is the same one, and can write. */
  async function assertGoesOn(from: number): Promise<void> {
    assert.equal(await vm.state(), 'running')
    await vm.nextHeartbeat()
    const beats = vm.heartbeats(from)
    assert.deepEqual(
      beats,
      beats.toSorted((a, b) => a - b),
      'it is the same guest',
    )
    await vm.run('echo $RANDOM >/mnt/a/r; sync')
  }

  describe('at once on one VM', () => {
    it('make two checkpoints, one after the other', async () => {
      const both = await Promise.all(
        ['left', 'right'].map((name) => cli(daemon.home, ['checkpoint', 'create', 'busy', '--name', name])),
      )
      assert.deepEqual(
        both.map(({ exitCode }) => exitCode),
        [0, 0],
        both.map(({ stderr }) => stderr).join(''),
      )
      const [left, right] = await Promise.all(
        ['left', 'right'].map((name) => daemon.client.showCheckpoint('busy', name)),
      )
      assert.ok(left?.parentId === right?.id || right?.parentId === left?.id, 'one hangs under the other')
      await Promise.all([remove('left'), remove('right')])
      await daemon.settled('busy')
      assert.deepEqual(await names(), ['base'])
    })

    it('make one checkpoint of one name only', async () => {
      const outcomes = await Promise.allSettled([create('same'), create('Same')])
      assert.deepEqual(codes(outcomes), ['name_taken', 'ok'])
      assert.equal((await names()).length, 2)
    })

    it('make one checkpoint and delete another', async () => {
      await Promise.all([create('new'), remove('same')])
      await daemon.settled('busy')
      assert.deepEqual(await names(), ['base', 'new'])
    })

    it('delete the same checkpoint: one of them is told that it is gone', async () => {
      assert.deepEqual(codes(await Promise.allSettled([remove('new'), remove('new')])), [
        'checkpoint_not_found',
        'ok',
      ])
      await daemon.settled('busy')
      assert.deepEqual(await names(), ['base'])
    })

    it('apply one checkpoint and make another of what was applied', async () => {
      await vm.run('echo discarded >/mnt/a/f; sync')
      const [, created] = await Promise.all([apply('base'), create('after')])
      const { parentId } = created.result as CheckpointView
      assert.equal(parentId, (await daemon.client.showCheckpoint('busy', 'base')).id)
      await apply('after')
      assert.equal(await vm.run('cat /mnt/a/f'), 'base\n')
      await remove('after')
      await daemon.settled('busy')
    })

    it('stop it, and start it: one of them is told that it was done', async () => {
      const stop = () => daemon.done(daemon.client.stopVm('busy', { force: true }))
      const start = () => daemon.done(daemon.client.startVm('busy'))
      assert.deepEqual(codes(await Promise.allSettled([stop(), stop()])), ['ok', 'vm_state'])
      const from = vm.console().length
      assert.deepEqual(codes(await Promise.allSettled([start(), start()])), ['ok', 'vm_state'])
      await vm.until(/STILLPOINT-GUEST ready/, from)
    })
  })

  describe('cancel', () => {
    it('a standard checkpoint whose memory is being saved: there is none, and the guest goes on', async () => {
      await restartWith('create:switched=SIGSTOP')
      const witness = await Witness.of(vm, daemon.home)
      const from = vm.console().length
      const { outcome, letGo } = await holdSaving(daemon, () => create('none'))
      const [task] = await daemon.client.listTasks({ limit: 1 })
      const { exitCode } = await cli(daemon.home, ['task', 'cancel', task?.id ?? ''])
      letGo()
      assert.equal(exitCode, 0)
      const ended = await outcome
      assert.equal(ended.status, 'rejected')
      assert.equal((await daemon.client.showTask(task?.id ?? '')).state, 'cancelled')
      await assertGoesOn(from)
      await witness.assertUnchanged('the VM is as before')
    })

    it('one that waits for its turn: it is never begun', async () => {
      await restartWith('create:switched=SIGSTOP')
      const { outcome, letGo } = await holdSaving(daemon, () => create('first'))
      const waiting = await daemon.client.createCheckpoint('busy', { name: 'second' })
      await daemon.client.cancelTask(waiting.id)
      assert.equal((await daemon.client.watchTask(waiting.id, () => {})).state, 'cancelled')
      letGo()
      assert.equal((await outcome).status, 'fulfilled')
      assert.deepEqual(await names(), ['base', 'first'])
      await remove('first')
      await daemon.settled('busy')
    })

    it('an apply that is loading: the old guest goes on', async () => {
      await vm.run('echo kept >/mnt/a/f; sync')
      await restartWith('apply:layers=SIGSTOP')
      const witness = await Witness.of(vm, daemon.home)
      const from = vm.console().length
      const task = await daemon.client.applyCheckpoint('busy', 'base', { confirm: true })
      await held(daemon.pid)
      const cancelling = daemon.client.cancelTask(task.id)
      process.kill(daemon.pid, 'SIGCONT')
      await cancelling
      assert.equal((await daemon.client.watchTask(task.id, () => {})).state, 'cancelled')
      await assertGoesOn(from)
      assert.equal(await vm.run('cat /mnt/a/f'), 'kept\n')
      await witness.assertUnchanged('the VM is as before')
    })

    for (const direction of ['down', 'up'] as const) {
      it(`a merge ${direction}: nothing is lost, and \`checkpoint merge\` does it later`, async () => {
        await restartWith('merge:open=SIGSTOP')
        if (direction === 'up') await create('above')
        if (direction === 'down') await vm.run(bigWrites)
        await create('victim')
        if (direction === 'up') await vm.run(bigWrites)
        const before = await Witness.of(vm, daemon.home)
        const from = vm.console().length
        const pid = await vm.pid()
        const deleting = remove('victim')
        await held(daemon.pid)
        process.kill(pid, 'SIGSTOP') // no merge ends before its cancel
        process.kill(daemon.pid, 'SIGCONT')
        const { result } = await deleting
        const { mergeTaskId } = result as { mergeTaskId: string } // a DeleteResult
        await daemon.client.cancelTask(mergeTaskId)
        process.kill(pid, 'SIGCONT')
        assert.equal((await daemon.client.watchTask(mergeTaskId, () => {})).state, 'cancelled')
        assert.equal((await daemon.client.showVm('busy')).waitingMerges, 1)
        await assertGoesOn(from)

        const { exitCode, stderr } = await cli(daemon.home, ['checkpoint', 'merge', 'busy'])
        assert.equal(exitCode, 0, stderr)
        assert.equal((await daemon.client.showVm('busy')).waitingMerges, 0)
        const contents = await before.contentsNow()
        for (const [name, content] of contents) assert.equal(content, before.contents.get(name), name)
        await assertGoesOn(from)
        if (direction === 'up') await remove('above')
        await daemon.settled('busy')
      })
    }
  })

  describe('press Ctrl-C', () => {
    /** The command line, while it makes a checkpoint whose memory is being saved. */
    async function creating() {
      await restartWith('create:switched=SIGSTOP')
      const env = { ...process.env, STILLPOINT_HOME: daemon.home }
      const child = spawn(cliProgram, ['checkpoint', 'create', 'busy', '--name', 'interrupted'], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let said = ''
      child.stderr.on('data', (chunk) => {
        said += chunk
      })
      const ended = once(child, 'close').then(([exitCode]) => exitCode)
      const { letGo } = await holdSaving(daemon, async () => {})
      const press = async (until: () => boolean) => {
        child.kill('SIGINT')
        await pollUntil(() => (until() ? true : undefined), { timeoutMs: 30_000, everyMs: 10, what: said })
      }
      return { letGo, press, ended, said: () => said, isGone: () => child.exitCode !== null }
    }

    it('once, which cancels what they started', async () => {
      const { letGo, press, ended, said } = await creating()
      const from = vm.console().length
      await press(() => said().includes('Asked the daemon to cancel'))
      letGo()
      assert.equal(await ended, errorRegistry.cancelled.exitCode)
      assert.match(said(), /^error: Cancelled by the user/m)
      assert.deepEqual(await names(), ['base'])
      await assertGoesOn(from)
      await daemon.settled('busy')
    })

    it('twice, which leaves it to itself', async () => {
      const { letGo, press, ended, said, isGone } = await creating()
      await press(() => said().includes('Asked the daemon to cancel'))
      await press(isGone)
      assert.equal(await ended, 130)
      const [task] = await daemon.client.listTasks({ limit: 1 })
      assert.equal(task?.state, 'running')
      assert.ok(said().includes(task?.id ?? ''))
      letGo()
      await daemon.client.watchTask(task?.id ?? '', () => {})
      await daemon.settled('busy')
      assert.deepEqual(await names(), ['base'])
    })
  })

  it('A daemon that is told to stop while memory is being saved stops in order, and the guest goes on', async () => {
    await restartWith('create:switched=SIGSTOP')
    const witness = await Witness.of(vm, daemon.home)
    const from = vm.console().length
    const { outcome, letGo } = await holdSaving(daemon, () => create('none'))
    const stopped = daemon.stop()
    letGo()
    assert.equal(await stopped, 0)
    assert.equal((await outcome).status, 'rejected')
    await vm.nextHeartbeat()
    await daemon.start()
    await witness.assertUnchanged('the VM is as before')
    await assertGoesOn(from)
    const [task] = await daemon.client
      .listTasks({ limit: 10 })
      .then((tasks: TaskView[]) => tasks.filter(({ kind }) => kind === 'checkpoint.create'))
    assert.equal(task?.state, 'cancelled')
    assert.match(task?.error?.message ?? '', /daemon/)
  })
})
