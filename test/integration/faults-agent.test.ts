import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckpointView } from '../../src/contract/checkpoint.ts'
import { GuestAgent } from '../../src/guest/agent.ts'
import type { CheckpointPolicy } from '../../src/vm/config.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { Witness } from '../fixtures/witness.ts'

const hook = '/etc/qemu/fsfreeze-hook.d/log'
/** A frozen file system stops it, and starts it again when it thaws. */
const writing =
  'n=0; while :; do n=$((n+1)); echo $n >/mnt/a/n; sync; echo "wrote $n" >/dev/ttyS0; sleep 0.1; done'

/** What is wrong with the guest, and what the record of the checkpoint has to say of it. */
const troubles: readonly { what: string; cause: string; reason: RegExp; midFreeze?: boolean }[] = [
  {
    what: 'has no agent',
    cause: 'echo "exec sleep 1000000" >/etc/rc.agent; kill $(pidof qemu-ga)',
    reason: /agent does not answer/,
  },
  {
    what: 'has an agent that is silent',
    cause: 'kill -STOP $(pidof qemu-ga)',
    reason: /agent does not answer/,
  },
  {
    what: 'has an agent that dies while it freezes',
    cause: `echo 'test $1 = thaw || kill -9 $(pidof qemu-ga)' >${hook}`,
    reason: /freeze|budget|does not answer/,
  },
  { what: 'refuses to freeze', cause: `echo 'test $1 = thaw' >${hook}`, reason: /refused to freeze/ },
  {
    what: 'takes longer to freeze than its budget',
    cause: `echo 'test $1 = thaw || sleep 6' >${hook}`,
    reason: /budget of 2000 ms/,
    midFreeze: true,
  },
]

describe('A guest that cannot take part in a production checkpoint', () => {
  let daemon: TestDaemon
  let vm: GuestVm

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'agent', { diskMiB: 32 })
    await vm.boot()
    await vm.run(`(${writing}) >/dev/null 2>&1 &`)
    await vm.until(/wrote 1\b/)
    await create('Standard', 'well')
  })
  after(() => daemon[Symbol.asyncDispose]())

  const setPolicy = (checkpointPolicy: CheckpointPolicy) =>
    daemon.client.updateVm('agent', { settings: { checkpointPolicy } })

  async function create(policy: CheckpointPolicy, name: string): Promise<CheckpointView> {
    await setPolicy(policy)
    return (await daemon.done(daemon.client.createCheckpoint('agent', { name }))).result as CheckpointView
  }

  const remove = (name: string) =>
    daemon.done(daemon.client.deleteCheckpoint('agent', name, { subtree: false }))
  const apply = (name: string) => daemon.done(daemon.client.applyCheckpoint('agent', name, { confirm: true }))

  /** Runs in the guest what may end its agent. */
  async function breakGuest(command: string): Promise<void> {
    const from = vm.console().length
    const script = `sleep 0.1; ${command}; echo "TROUBLE made" >/dev/ttyS0`
    await vm.run(`(setsid sh -c '${script.replaceAll("'", `'\\''`)}' >/dev/null 2>&1 &)`)
    await vm.until(/TROUBLE made/, from)
  }

  /** The guest runs on from `heartbeat`, has not started anew, and its file systems take writes. */
  async function assertGoesOn(from: number, heartbeat: number): Promise<void> {
    await vm.until(/wrote \d+/, vm.console().length)
    assert.equal(await vm.state(), 'running')
    const beats = vm.heartbeats(from)
    assert.ok((beats.at(-1) ?? 0) > heartbeat)
    assert.deepEqual(
      beats,
      beats.toSorted((a, b) => a - b),
      'its heartbeat only ever grows',
    )
  }

  for (const { what, cause, reason, midFreeze = false } of troubles) {
    describe(`because it ${what}`, () => {
      let from: number
      let heartbeat: number
      before(async () => {
        const left = (await vm.document()).checkpoints.some(({ name }) => name === 'fallback')
        if (left) await remove('fallback')
        await apply('well')
        await breakGuest(cause)
        heartbeat = await vm.nextHeartbeat()
        from = vm.console().length
      })

      it('fails under ProductionOnly, with the reason', async () => {
        await setPolicy('ProductionOnly')
        const witness = await Witness.of(vm, daemon.home)
        await assert.rejects(
          daemon.done(daemon.client.createCheckpoint('agent', { name: 'none' })),
          (error) => {
            const { code, message } = error as { code: string; message: string } // a StillpointError
            assert.equal(code, 'production_impossible')
            assert.match(message, /"agent"/)
            assert.match(message, reason)
            return true
          },
        )
        await witness.assertUnchanged('the VM is as before')
        await assertGoesOn(from, heartbeat)
      })

      it('gets a standard checkpoint under Production, which says why', async () => {
        const { kind, record } = await create('Production', 'fallback')
        assert.equal(kind, 'standard')
        assert.equal(record.consistency, 'exact-memory')
        assert.match(record.fallbackReason ?? '', reason)
        await assertGoesOn(from, heartbeat)
      })

      if (!midFreeze) return
      it('does not stay frozen when that checkpoint is applied', async () => {
        await apply('fallback')
        await vm.until(/wrote \d+/, vm.console().length)
        assert.equal(await vm.state(), 'running')
        await remove('fallback')
      })
    })
  }

  it('gets a standard checkpoint under Standard, without a word', async () => {
    const { kind, record } = await create('Standard', 'standard')
    assert.deepEqual([kind, record.fallbackReason], ['standard', null])
    await remove('standard')
  })

  it('gets none under Disabled', async () => {
    await apply('well')
    const heartbeat = await vm.nextHeartbeat()
    const from = vm.console().length
    await setPolicy('Disabled')
    const witness = await Witness.of(vm, daemon.home)
    await assert.rejects(daemon.done(daemon.client.createCheckpoint('agent')), {
      code: 'policy_disabled',
      message: /"agent".*disabled/,
    })
    await witness.assertUnchanged('the VM is as before')
    await assertGoesOn(from, heartbeat)
  })

  it('is left frozen when somebody else froze it, and gets a standard checkpoint', async () => {
    await apply('well')
    await vm.until(/wrote/, vm.console().length)
    const somebody = await GuestAgent.open(await vm.agentSocket(), 10_000)
    assert.equal(await somebody.execute('guest-fsfreeze-freeze'), 1)
    somebody.close()
    await setPolicy('ProductionOnly')
    await assert.rejects(daemon.done(daemon.client.createCheckpoint('agent')), {
      code: 'production_impossible',
      message: /already in the freeze state "frozen"/,
    })
    const { kind, record } = await create('Production', 'frozen')
    assert.equal(kind, 'standard')
    assert.match(record.fallbackReason ?? '', /already in the freeze state/)
    await vm.nextHeartbeat()
    const again = await GuestAgent.open(await vm.agentSocket(), 10_000)
    assert.equal(await again.execute('guest-fsfreeze-status'), 'frozen')
    assert.equal(await again.execute('guest-fsfreeze-thaw'), 1)
    again.close()
    await vm.until(/wrote/, vm.console().length)
  })

  it('is thawed after a checkpoint was applied in which it is frozen', async () => {
    await apply('frozen')
    await vm.until(/wrote/, vm.console().length)
    await remove('frozen')
  })

  it('that crashes is not taken for one that agreed', async () => {
    await apply('well')
    const from = vm.console().length
    await breakGuestForGood()
    const { kind, record } = await create('Production', 'crashed')
    assert.equal(kind, 'standard')
    assert.notEqual(record.fallbackReason, null)
    await vm.until(/STILLPOINT-GUEST ready/, from)
    assert.match(await vm.run('cat /mnt/a/n'), /^\d+\n$/)
    await remove('crashed')
  })

  /** A kernel panic; the machine then starts again by itself. */
  async function breakGuestForGood(): Promise<void> {
    const from = vm.console().length
    await vm.run(
      '(setsid sh -c "sleep 0.2; echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger" &) >/dev/null 2>&1',
    )
    await vm.until(/Kernel panic/, from)
  }

  it('which is paused gets a standard checkpoint under Production, and stays paused', async () => {
    await apply('well')
    const before = await vm.nextHeartbeat()
    await daemon.done(daemon.client.pauseVm('agent'))
    const last = vm.heartbeats().at(-1) ?? 0
    assert.ok(last >= before)
    const { kind, record } = await create('Production', 'paused')
    assert.deepEqual([kind, record.consistency], ['standard', 'exact-memory'])
    assert.match(record.fallbackReason ?? '', /paused/)
    assert.equal(await vm.state(), 'paused')
    const from = vm.console().length
    await sleep(200)
    assert.equal(vm.console().length, from, 'nothing came from the guest')

    await setPolicy('ProductionOnly')
    const witness = await Witness.of(vm, daemon.home)
    await assert.rejects(daemon.done(daemon.client.createCheckpoint('agent')), {
      code: 'production_impossible',
      message: /"agent".*paused/,
    })
    await witness.assertUnchanged('the VM is as before')
    assert.equal(await vm.state(), 'paused')

    await daemon.done(daemon.client.resumeVm('agent'))
    assert.ok((await vm.nextHeartbeat(from)) - last <= 3, 'it goes on where it was paused')
    await vm.run('sync')
  })

  it('goes on at the instant of the pause when that checkpoint is applied', async () => {
    const paused = (await vm.document()).checkpoints.find(({ name }) => name === 'paused')
    assert.ok(paused)
    const last = vm.heartbeats().at(-1) ?? 0
    const from = vm.console().length
    await apply('paused')
    assert.equal(await vm.state(), 'running')
    const beats = vm.heartbeats(from)
    const jump = beats.findIndex((beat, index) => beat < (beats[index - 1] ?? last))
    assert.ok(jump >= 0, 'the heartbeat went back')
    await vm.until(/wrote/, vm.console().length)
    await remove('paused')
  })
})
