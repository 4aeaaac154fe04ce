import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import { isStillpointError } from '../../src/core/error.ts'
import { qemuProcessesUnder } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { whileHeld } from '../fixtures/hold.ts'
import { checkpointContents, strayFiles } from '../fixtures/images.ts'

/**
 * The daemon is killed while it works on two running VMs at once, after each step that it journals for the first of
 * them to come to it. Afterwards both have the checkpoint or were put back, or neither.
 */
describe('After a crash at any step of work on a group', () => {
  let daemon: TestDaemon
  let vms: GuestVm[]

  before(async () => {
    daemon = await TestDaemon.start()
    const settings = { freezeBudgetMs: 10_000 }
    vms = await Promise.all(
      ['one', 'two'].map((name) => GuestVm.create(daemon, name, { diskMiB: 32, memoryMiB: 96, settings })),
    )
    await Promise.all(vms.map((vm) => vm.boot()))
    await daemon.client.createGroup({ name: 'both', vms: ['one', 'two'] })
    await setPolicy('Standard')
    await runInAll('echo base >/mnt/a/f; sync')
    await daemon.done(daemon.client.createGroupCheckpoint('both', { name: 'base' }))
  })
  after(() => daemon[Symbol.asyncDispose]())

  const runInAll = (command: string) => Promise.all(vms.map((vm) => vm.run(command)))
  const setPolicy = (checkpointPolicy: 'Standard' | 'Production') =>
    Promise.all(vms.map(({ name }) => daemon.client.updateVm(name, { settings: { checkpointPolicy } })))
  const contentsNow = () =>
    Promise.all(vms.map(async (vm) => checkpointContents(await vm.document(), daemon.home)))

  const until = (what: string, probe: () => Promise<boolean>) =>
    pollUntil(async () => ((await probe()) ? true : undefined), { timeoutMs: 30_000, everyMs: 20, what })

  async function crash(step: string, operation: () => Promise<unknown>): Promise<void> {
    assert.equal(await daemon.stop(), 0)
    await daemon.start({ STILLPOINT_FAILPOINT: `${step}=SIGKILL` })
    await operation().catch(() => {}) // the daemon may end before it answers
    await daemon.ended()
    await daemon.start()
  }

  /** Everybody runs, nobody is frozen, nothing is left over, and older checkpoints read as before. */
  async function requireOrder(before: readonly Map<string, string>[]): Promise<void> {
    for (const [index, vm] of vms.entries()) {
      assert.equal(await vm.state(), 'running')
      await vm.nextHeartbeat()
      assert.equal(await vm.run('echo usable >/mnt/a/again && sync && cat /mnt/a/again'), 'usable\n')
      await daemon.settled(vm.name)
      const document = await vm.document()
      assert.deepEqual(await strayFiles(document, join(daemon.home, 'vms', vm.id)), [])
      const now = await checkpointContents(document, daemon.home)
      for (const [name, content] of before[index] ?? [])
        assert.equal(now.get(name), content, `${vm.name} ${name}`)
    }
    const recorded = await Promise.all(vms.map((vm) => vm.pid()))
    const alive = qemuProcessesUnder(daemon.home).map(({ pid }) => pid)
    assert.deepEqual(alive.toSorted(), recorded.toSorted())
  }

  for (const [policy, steps] of [
    ['Production', ['open', 'layers', 'switching', 'close']],
    ['Standard', ['switching', 'switched', 'saved', 'close']],
  ] as const) {
    for (const step of steps) {
      it(`a ${policy} checkpoint of both, cut off after "${step}", is there for both or for neither`, async () => {
        await setPolicy(policy)
        const contents = await contentsNow()
        await crash(`create:${step}`, () => daemon.client.createGroupCheckpoint('both', { name: 'cut' }))
        await requireOrder(contents)
        const sets = await daemon.client.listGroupCheckpoints('both')
        const cut = sets.filter(({ name }) => name === 'cut')
        assert.deepEqual(
          cut.map(({ checkpoints }) => checkpoints.length),
          step === 'close' ? [2] : [],
        )
        for (const { setId } of cut) await daemon.done(daemon.client.deleteGroupCheckpoint('both', setId))
      })
    }
  }

  it('when QEMU of one is killed behind the switch, the other one goes on, and neither has a checkpoint', async () => {
    await setPolicy('Standard')
    const [one, two] = vms
    assert.ok(one && two)
    const before = await daemon.client.listGroupCheckpoints('both')
    assert.equal(await daemon.stop(), 0)
    await daemon.start({ STILLPOINT_FAILPOINT: 'create:switched=SIGSTOP' })
    const pid = await two.pid()
    const outcome = await whileHeld(
      daemon,
      () => daemon.done(daemon.client.createGroupCheckpoint('both', { name: 'cut' })),
      async () => {
        process.kill(pid, 'SIGKILL')
        await until('The end of QEMU', async () =>
          qemuProcessesUnder(daemon.home).every((each) => each.pid !== pid),
        )
      },
    )
    assert.ok(
      outcome.status === 'rejected' && isStillpointError(outcome.reason, 'hypervisor_gone'),
      `${outcome}`,
    )
    assert.match(outcome.reason.message, /group "both".*VM "two"/)
    assert.deepEqual(await daemon.client.listGroupCheckpoints('both'), before)
    assert.equal(await one.state(), 'running')
    await until('VM "two" being off', async () => (await two.state()) === 'off')
    await two.boot()
    await requireOrder([])
  })

  for (const step of ['layers', 'paused', 'loaded', 'close']) {
    it(`an apply to both, cut off after "${step}", has put back both or neither`, async () => {
      await runInAll('echo later >/mnt/a/f; echo later >/tmp/later; sync')
      const contents = await contentsNow()
      await crash(`apply:${step}`, () => daemon.client.applyGroup('both', 'base', { confirm: true }))
      await requireOrder(contents)
      const expected = step === 'close' ? 'base\nnone\n' : 'later\nlater\n'
      assert.deepEqual(
        await runInAll('cat /mnt/a/f; cat /tmp/later 2>/dev/null || echo none'),
        vms.map(() => expected),
      )
    })
  }
})
