import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { qemuProcessesUnder } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { restoresEnded } from '../fixtures/held-load.ts'
import { MemoryVm } from '../fixtures/memory-vm.ts'

/**
 * As `crash.test.ts`, for what is in memory: images that refer to others, one of which has no checkpoint any
 * more. Whatever was cut off, every checkpoint that is left brings its memory back, and no image is left over.
 */
describe('The memory of checkpoints, after a crash', () => {
  let daemon: TestDaemon
  let vm: MemoryVm

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await MemoryVm.boot(daemon, 'crash', 24, { memoryMiB: 128, diskMiB: 32 })
    await vm.create('gone')
    await vm.guest.run('dd if=/dev/urandom of=/mem/one bs=1M count=2; sync')
    await vm.create('one')
    await vm.guest.run('dd if=/dev/urandom of=/mem/two bs=1M count=2; sync')
    await vm.create('two')
    await vm.remove('gone')
    await daemon.settled('crash')
    sums = await sumsNow()
  })
  after(() => daemon[Symbol.asyncDispose]())

  let sums = ''
  const sumsNow = () => vm.guest.run('md5sum /mem/one /mem/two')

  async function crash(step: string, operation: () => Promise<unknown>, alsoQemu: boolean): Promise<void> {
    assert.equal(await daemon.stop(), 0)
    await daemon.start({ STILLPOINT_FAILPOINT: `${step}=SIGKILL` })
    await operation().catch(() => {}) // the daemon may end before it answers
    await daemon.ended()
    if (alsoQemu) for (const { pid } of qemuProcessesUnder(daemon.home)) process.kill(pid, 'SIGKILL')
    await daemon.start()
    await daemon.settled('crash')
  }

  async function assertWhole(): Promise<void> {
    await vm.assertWhole()
    assert.equal(await sumsNow(), sums)
  }

  /** Everything that is left can be applied; one image is kept, and no file is needless. */
  async function assertInOrder(names: readonly string[]): Promise<void> {
    const { checkpoints } = await vm.guest.document()
    assert.deepEqual(
      checkpoints.map(({ name }) => name),
      names,
    )
    for (const name of names.filter((each) => each !== 'one')) {
      await vm.apply(name)
      await assertWhole()
      await vm.resident()
    }
    await restoresEnded(daemon.home)
    await daemon.settled('crash')
    assert.equal((await vm.keptImages()).length, 1)
  }

  for (const { who, alsoQemu, create, apply } of [
    {
      who: 'the daemon',
      alsoQemu: false,
      create: ['switching', 'switched', 'saved', 'close'],
      apply: ['layers', 'loaded', 'paused', 'close'],
    },
    { who: 'daemon and QEMU', alsoQemu: true, create: ['switched', 'saved'], apply: ['loaded', 'close'] },
  ]) {
    for (const step of create) {
      it(`a checkpoint cut off after "${step}" leaves nothing, or is whole (${who} killed)`, async () => {
        await crash(
          `create:${step}`,
          () => daemon.client.createCheckpoint('crash', { name: 'cut' }),
          alsoQemu,
        )
        if (!alsoQemu) await assertWhole()
        await assertInOrder(step === 'close' ? ['one', 'two', 'cut'] : ['one', 'two'])
        if (step === 'close') await vm.remove('cut')
      })
    }

    for (const step of apply) {
      it(`an apply cut off after "${step}" has taken place or not, nothing between (${who} killed)`, async () => {
        if ((await vm.guest.state()) === 'off') await vm.apply('two')
        await vm.guest.run('echo discarded >/tmp/discarded')
        const apply = () => daemon.client.applyCheckpoint('crash', 'two', { confirm: true })
        await crash(`apply:${step}`, apply, alsoQemu)
        if (!alsoQemu) {
          await assertWhole()
          const expected = step === 'close' ? 'back\n' : 'not\n'
          assert.equal(await vm.guest.run('[ -e /tmp/discarded ] && echo not || echo back'), expected)
        }
        await assertInOrder(['one', 'two'])
      })
    }
  }

  it('the first of them still brings its memory back', async () => {
    await vm.apply('one')
    await vm.assertWhole()
    assert.equal(await vm.guest.run('md5sum /mem/one'), `${sums.split('\n')[0]}\n`)
  })
})
