import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import type { DiskId } from '../../src/core/ids.ts'
import { asId } from '../../src/core/ids.ts'
import { MIB } from '../../src/core/units.ts'
import { assertRefused } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { ImageVm } from '../fixtures/image-vm.ts'
import { Notices } from '../fixtures/notices.ts'
import { SmallVolume } from '../fixtures/small-volume.ts'

const disk = asId<DiskId>('disk0')

describe('When and how merges run', () => {
  let volume: SmallVolume
  let daemon: TestDaemon
  before(async () => {
    volume = await SmallVolume.mount(512)
    daemon = await TestDaemon.start({}, volume.folder)
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await volume[Symbol.asyncDispose]()
  })

  /** With a checkpoint in the midst, whose deletion leaves `blocks` MiB to be merged. */
  async function make(name: string, blocks: number) {
    const vm = await ImageVm.create(daemon, name, { disks: 1, blockBytes: MIB, blocks: 2 * blocks })
    const write = (byte: number) => vm.write(disk, [{ how: 'pattern', from: byte - 1, count: blocks, byte }])
    await vm.create('one')
    await write(1)
    const two = await vm.create('two')
    await write(2)
    await vm.create('three')
    return { vm, two }
  }

  const until = (vm: string, status: RegExp) =>
    pollUntil(
      async () => {
        const view = await daemon.client.showVm(vm)
        return status.test(view.status ?? '') ? view : undefined
      },
      { timeoutMs: 60_000, everyMs: 50, what: `The status ${status} of "${vm}"` },
    )

  it('outside of their quiet hours merges wait, also over a restart; a user need not', async () => {
    const { vm, two } = await make('quiet', 4)
    // Begins in two hours, by the host's clock.
    const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toTimeString().slice(0, 5)
    const [begin, end] = [at(2), at(3)]
    await daemon.client.updateVm('quiet', { settings: { mergeQuietHours: `${begin}-${end}` } })
    await vm.delete(two)
    const view = await until('quiet', /merges wait/)
    assert.deepEqual([view.status, view.waitingMerges], [`merges wait until ${begin}`, 1])
    await daemon.stop()
    await daemon.start()
    assert.equal((await until('quiet', /merges wait/)).waitingMerges, 1)
    const asked = await daemon.client.mergeVm('quiet')
    assert.equal((await daemon.client.watchTask(asked?.id ?? '', () => {})).state, 'succeeded')
    const after = await daemon.client.showVm('quiet')
    assert.deepEqual([after.status, after.waitingMerges], [null, 0])
    await vm.verify('after the merge that was asked for')
  })

  it('merges begin by themselves when the quiet hours are lifted', async () => {
    const { vm, two } = await make('lifted', 4)
    const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toTimeString().slice(0, 5)
    await daemon.client.updateVm('lifted', { settings: { mergeQuietHours: `${at(2)}-${at(3)}` } })
    await vm.delete(two)
    await until('lifted', /merges wait/)
    await daemon.client.updateVm('lifted', { settings: { mergeQuietHours: null } })
    await vm.settled()
    await vm.verify('after the quiet hours were lifted')
  })

  it('a merge with a limit of bandwidth is still under way when one without has ended', async () => {
    const slow = await make('slow', 64)
    const fast = await make('fast', 64)
    await daemon.client.updateVm('slow', { settings: { mergeBandwidthMiBps: 1 } })
    await slow.vm.delete(slow.two)
    const started = await until('slow', /Merging/)
    assert.equal(started.waitingMerges, 1)
    await fast.vm.delete(fast.two)
    await fast.vm.settled()
    const merge = (await daemon.client.listTasks({ vm: 'slow' })).find(({ kind }) => kind === 'merge')
    assert.equal(merge?.state, 'running')
    assert.ok((merge?.percent ?? 100) < 90, String(merge?.percent))
    await daemon.client.updateVm('slow', { settings: { mergeBandwidthMiBps: null } })
    await slow.vm.settled()
    await slow.vm.verify('after the limit was lifted')
    await slow.vm.remove()
    await fast.vm.remove()
  })

  it('merges that will not fit are not begun, with a notice and the sum, until there is space', async () => {
    const { vm, two } = await make('full', 24)
    await using notices = await Notices.of(daemon.client)
    await volume.fill(20 * MIB)
    await vm.delete(two)
    assert.equal((await until('full', /^merges wait for free space$/)).waitingMerges, 1)
    await assertRefused(
      daemon.home,
      ['checkpoint', 'merge', 'full'],
      { code: 'disk_full', names: ['data to merge', 'left for the guests', '20 MiB free'] },
      { forms: ['text'] },
    )
    assert.equal(notices.messages.filter((each) => /wait for free space/.test(each)).length, 1)
    assert.equal((await daemon.client.showVm('full')).waitingMerges, 1)
    await volume.clear()
    await vm.settled()
    await vm.verify('after there was space again')
  })
})
