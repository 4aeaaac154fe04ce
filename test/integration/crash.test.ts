import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { qemuProcessesUnder } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { checkpointContents, strayFiles } from '../fixtures/images.ts'

const bigWrites = 'for d in a b; do dd if=/dev/urandom of=/mnt/$d/x bs=1M count=6; done; sync'

/**
 * The daemon is killed after each step that it journals, with and without the VM's QEMU, and started
 * again. Whatever happened: every checkpoint reads as before, the VM can be used, nothing is left over.
 */
describe('After a crash at any journal step', () => {
  let daemon: TestDaemon
  let vm: GuestVm

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'crash', { disks: 2, diskMiB: 32 })
    await vm.boot()
    await vm.run('echo base > /mnt/a/f; echo base > /mnt/b/f; sync')
    await daemon.done(daemon.client.createCheckpoint('crash', { name: 'base' }))
    await vm.run('echo next > /mnt/a/f; dd if=/dev/urandom of=/mnt/a/data bs=1M count=4; sync')
    await setPolicy('Standard')
    await daemon.done(daemon.client.createCheckpoint('crash', { name: 'running' }))
  })
  after(() => daemon[Symbol.asyncDispose]())

  const setPolicy = (checkpointPolicy: 'Standard' | 'Production') =>
    daemon.client.updateVm('crash', { settings: { checkpointPolicy } })

  async function restartWithFailpoint(step: string): Promise<void> {
    assert.equal(await daemon.stop(), 0)
    await daemon.start({ STILLPOINT_FAILPOINT: `${step}=SIGKILL` })
    if ((await vm.state()) === 'off') await vm.boot()
  }

  /** Starts an operation, waits for the crash that it must meet, and starts the daemon again. */
  async function crash(step: string, operation: () => Promise<unknown>, alsoQemu: boolean): Promise<void> {
    await operation().catch(() => {}) // the daemon may end before it answers
    await daemon.ended()
    if (alsoQemu) for (const { pid } of qemuProcessesUnder(daemon.home)) process.kill(pid, 'SIGKILL')
    await daemon.start()
    assert.match(daemon.log(), /ready/, step)
  }

  async function checkAll(contents: Map<string, string>, survives: boolean): Promise<void> {
    await daemon.settled('crash')
    const document = await vm.document()
    const now = await checkpointContents(document, daemon.home)
    for (const [name, content] of contents) assert.equal(now.get(name), content, `${name} changed`)
    assert.deepEqual(await strayFiles(document, join(daemon.home, 'vms', vm.id)), [])
    const running = qemuProcessesUnder(daemon.home)
    assert.deepEqual(
      running.map(({ pid }) => pid),
      document.instance ? [document.instance.pid] : [],
    )
    if (survives) {
      assert.equal(await vm.state(), 'running')
      await vm.nextHeartbeat()
    } else if ((await vm.state()) === 'off') await vm.boot()
    assert.match(
      await vm.run('cat /mnt/b/f && echo $RANDOM > /mnt/a/again && sync && echo usable'),
      /base\nusable/,
    )
  }

  const contentsNow = async () => checkpointContents(await vm.document(), daemon.home)

  for (const { alsoQemu, steps } of [
    {
      alsoQemu: false,
      steps: {
        standard: ['open', 'layers', 'switching', 'switched', 'saved', 'close'],
        production: ['switching', 'close'],
        apply: ['open', 'layers', 'paused', 'loaded', 'close'],
        merge: ['open', 'pivoting', 'copied', 'close'],
      },
    },
    {
      alsoQemu: true,
      steps: {
        standard: ['switching', 'switched', 'saved'],
        production: ['switching'],
        apply: ['paused', 'loaded', 'close'],
        merge: ['pivoting', 'copied', 'close'],
      },
    },
  ]) {
    const who = alsoQemu ? 'daemon and QEMU' : 'the daemon'

    for (const step of steps.standard) {
      it(`a standard checkpoint cut off after "${step}" leaves all as it was (${who} killed)`, async () => {
        await restartWithFailpoint(`create:${step}`)
        const contents = await contentsNow()
        await setPolicy('Standard')
        await crash(step, () => daemon.client.createCheckpoint('crash', { name: 'cut' }), alsoQemu)
        await checkAll(contents, !alsoQemu)
        const made = (await daemon.client.listCheckpoints('crash')).some(({ name }) => name === 'cut')
        assert.equal(made, step === 'close', 'a checkpoint exists exactly when it was recorded')
        if (made) await daemon.done(daemon.client.deleteCheckpoint('crash', 'cut', { subtree: false }))
      })
    }

    for (const step of steps.production) {
      it(`a production checkpoint cut off after "${step}" leaves all as it was (${who} killed)`, async () => {
        await restartWithFailpoint(`create:${step}`)
        const contents = await contentsNow()
        await setPolicy('Production')
        await crash(step, () => daemon.client.createCheckpoint('crash', { name: 'cut' }), alsoQemu)
        await checkAll(contents, !alsoQemu)
        if (step === 'close')
          await daemon.done(daemon.client.deleteCheckpoint('crash', 'cut', { subtree: false }))
      })
    }

    for (const step of steps.apply.filter((each) => each !== 'close')) {
      it(`applying a standard checkpoint, cut off after "${step}", leaves the VM as it was (${who} killed)`, async () => {
        await restartWithFailpoint(`apply:${step}`)
        await vm.run('echo not lost > /mnt/a/kept; sync')
        const contents = await contentsNow()
        await crash(
          step,
          () => daemon.client.applyCheckpoint('crash', 'running', { confirm: true }),
          alsoQemu,
        )
        await checkAll(contents, !alsoQemu)
        assert.equal(await vm.run('cat /mnt/a/kept'), 'not lost\n')
      })
    }

    it(`applying a standard checkpoint, cut off after it was recorded, has taken place (${who} killed)`, async () => {
      await restartWithFailpoint('apply:close')
      await vm.run('echo discarded > /mnt/a/f; sync')
      const contents = await contentsNow()
      await crash(
        'close',
        () => daemon.client.applyCheckpoint('crash', 'running', { confirm: true }),
        alsoQemu,
      )
      await checkAll(contents, !alsoQemu)
      assert.equal(await vm.run('cat /mnt/a/f'), 'next\n')
    })

    for (const step of steps.merge) {
      // A small child is folded down into the layer, which ends in a pivot under the running guest; what a
      // large child lacks is copied up into it.
      for (const direction of step === 'pivoting' ? ['down'] : step === 'copied' ? ['up'] : ['down', 'up']) {
        it(`a merge ${direction} cut off after "${step}" is done after the restart (${who} killed)`, async () => {
          await restartWithFailpoint(`merge:${step}`)
          await setPolicy('Standard')
          await daemon.done(daemon.client.createCheckpoint('crash', { name: 'above' }))
          if (direction === 'down') await vm.run(bigWrites)
          await daemon.done(daemon.client.createCheckpoint('crash', { name: 'victim' }))
          if (direction === 'up') await vm.run(bigWrites)
          await vm.run('echo latest > /mnt/a/latest; sync')
          const contents = await contentsNow()
          contents.delete('victim/disk0')
          contents.delete('victim/disk1')
          await crash(
            step,
            () => daemon.client.deleteCheckpoint('crash', 'victim', { subtree: false }),
            alsoQemu,
          )
          await checkAll(contents, !alsoQemu)
          assert.equal(await vm.run('cat /mnt/a/latest'), 'latest\n')
          await daemon.done(daemon.client.deleteCheckpoint('crash', 'above', { subtree: false }))
          await daemon.settled('crash')
        })
      }
    }
  }

  it('applying a production checkpoint, cut off after it was recorded, has taken place', async () => {
    await restartWithFailpoint('apply:close')
    await vm.run('echo discarded > /mnt/a/f; sync')
    await crash('close', () => daemon.client.applyCheckpoint('crash', 'base', { confirm: true }), false)
    assert.equal(await vm.state(), 'off')
    await checkAll(new Map(), false)
    assert.equal(await vm.run('cat /mnt/a/f'), 'base\n')
  })

  it(`a start cut off before it was recorded leaves no process behind`, async () => {
    await daemon.done(daemon.client.stopVm('crash'))
    assert.equal(await daemon.stop(), 0)
    await daemon.start({ STILLPOINT_FAILPOINT: 'start:open=SIGKILL' })
    await daemon.client.startVm('crash').catch(() => {})
    await daemon.ended()
    await sleep(200)
    await daemon.start()
    assert.deepEqual(qemuProcessesUnder(daemon.home), [])
    await vm.boot()
  })
})
