import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pollUntil } from '../../src/core/deadline.ts'
import { MIB } from '../../src/core/units.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { FreezableVolume } from '../fixtures/freezable-volume.ts'
import { MemoryVm } from '../fixtures/memory-vm.ts'

/** The disk under memory images stands still, as one does whose storage has gone away for a while. */
describe('While a disk stands still, a standard checkpoint on it', () => {
  let volume: FreezableVolume
  let daemon: TestDaemon
  let vm: MemoryVm

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await MemoryVm.boot(daemon, 'stall', 330, { memoryMiB: 512, diskMiB: 32 })
    await mkdir(vm.memoryFolder, { recursive: true })
    volume = await FreezableVolume.mount(900, vm.memoryFolder, daemon.home)
  })
  after(async () => {
    await volume?.thaw()
    await daemon[Symbol.asyncDispose]().catch(() => {}) // the mounted folder cannot be removed
    await volume?.[Symbol.asyncDispose]()
    await daemon[Symbol.asyncDispose]()
  })

  const files = () => readdir(vm.memoryFolder)

  /** Freezes the disk when the image has grown to `bytes`. */
  async function freezeAt(bytes: number): Promise<void> {
    const used = await volume.usedBytes()
    await pollUntil(async () => ((await volume.usedBytes()) - used >= bytes ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 2,
      what: 'The image being written',
    })
    await volume.freeze()
  }

  afterEach(() => volume.thaw())

  it('is merely late when that lasts for two seconds', async () => {
    const creating = vm.create('late')
    await freezeAt(4 * MIB)
    const heartbeat = await vm.guest.nextHeartbeat()
    await sleep(2000)
    await volume.thaw()
    assert.equal((await creating).record.captureReason, null)
    assert.ok((await vm.guest.nextHeartbeat()) > heartbeat)
    await vm.remove('late')
    await daemon.settled('stall')
    assert.deepEqual(await files(), [])
  })

  it('fails when that lasts, the guest goes on, and nothing of it is left', async () => {
    const creating = vm.create('never')
    creating.catch(() => {}) // asserted below
    await freezeAt(4 * MIB)
    // All of its memory is written to, which takes that all of it was taken, or is not wanted any more.
    const rewrite = 'dd if=/mem/fill of=/mem/fill bs=1M conv=notrunc && echo REWRITTEN >/dev/ttyS0'
    await vm.guest.run(`(${rewrite}) >/dev/null 2>&1 &`)
    await pollUntil(() => (/^REWRITTEN/m.test(vm.guest.console()) ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 50,
      what: 'The guest going on while the disk stands still',
    })
    await vm.guest.nextHeartbeat()
    await volume.thaw()
    await assert.rejects(creating, { message: /nothing could be written for 5000 ms/ })
    await daemon.settled('stall')
    assert.deepEqual(await files(), [])
    assert.deepEqual(await daemon.client.listCheckpoints('stall'), [])
    assert.equal(await vm.guest.state(), 'running')
    await vm.assertWhole()
  })

  it('succeeds when it does no more', async () => {
    await vm.create('after')
    await vm.apply('after')
    await vm.assertWhole()
    await vm.resident()
    assert.deepEqual(await vm.keptImages(), [])
  })
})
