import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isStillpointError } from '../../src/core/error.ts'
import { processesUnder } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { readSecret, storeSecret } from '../fixtures/guest-firmware.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { strayFiles } from '../fixtures/images.ts'

describe('A TPM, when the daemon is killed', () => {
  let daemon: TestDaemon
  let vm: GuestVm
  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'crash', { tpm: '2.0' })
    await daemon.client.updateVm('crash', { settings: { checkpointPolicy: 'Standard' } })
    await vm.boot()
    await storeSecret(vm, 1, 'kept')
    await daemon.done(daemon.client.createCheckpoint('crash', { name: 'first' }))
    await storeSecret(vm, 2, 'newer')
  })
  after(() => daemon[Symbol.asyncDispose]())

  async function crash(step: string, operation: () => Promise<unknown>): Promise<void> {
    assert.equal(await daemon.stop(), 0)
    await daemon.start({ STILLPOINT_FAILPOINT: `${step}=SIGKILL` })
    await operation().catch(() => {}) // the daemon may end before it answers
    await daemon.ended()
    await daemon.start()
    await daemon.settled('crash')
  }

  /** The guest can still use its TPM; nothing is left over. */
  async function assertHolds(newer: string | null): Promise<void> {
    assert.equal(await vm.state(), 'running')
    assert.deepEqual([await readSecret(vm, 1), await readSecret(vm, 2)], ['kept', newer])
    const document = await vm.document()
    const [qemu, tpm, ...others] = processesUnder(daemon.home)
    assert.deepEqual([qemu?.pid, tpm?.program, others], [document.instance?.pid, 'tpm', []])
    assert.deepEqual(await strayFiles(document, join(daemon.home, 'vms', vm.id)), [])
  }

  for (const step of ['layers', 'switched', 'close']) {
    it(`while a checkpoint is created, after "${step}", goes on, and the checkpoint is whole or absent`, async () => {
      await crash(`create:${step}`, () => daemon.client.createCheckpoint('crash', { name: 'cut' }))
      await assertHolds('newer')
      const names = (await daemon.client.listCheckpoints('crash')).map(({ name }) => name)
      assert.deepEqual(names, step === 'close' ? ['first', 'cut'] : ['first'])
    })
  }

  for (const step of ['layers', 'loaded', 'paused']) {
    it(`while a checkpoint is applied, after "${step}", is as it was`, async () => {
      await crash(`apply:${step}`, () => daemon.client.applyCheckpoint('crash', 'first', { confirm: true }))
      await assertHolds('newer')
    })
  }

  it('after an apply was recorded, is that of the checkpoint', async () => {
    await crash('apply:close', () => daemon.client.applyCheckpoint('crash', 'first', { confirm: true }))
    await assertHolds(null)
    // Its memory could not be kept any more; its disks and its TPM are.
    await daemon.done(daemon.client.undoApply('crash', { stateId: null, confirm: true }))
    await vm.boot()
    await assertHolds('newer')
    await daemon.done(daemon.client.stopVm('crash', { force: true }))
  })

  it('is never replaced by a blank one: without its state the VM does not start', async () => {
    const { tpmFolder } = await vm.document()
    assert.ok(tpmFolder)
    await rename(tpmFolder, `${tpmFolder}.away`)
    await assert.rejects(daemon.done(daemon.client.startVm('crash')), (error) =>
      isStillpointError(error, 'vm_broken'),
    )
    assert.equal(await vm.state(), 'off')
    await rename(`${tpmFolder}.away`, tpmFolder)
  })

  it('needs its emulator, and says so', async () => {
    assert.equal(await daemon.stop(), 0)
    await daemon.start({ PATH: '/nowhere', STILLPOINT_QEMU: '/usr/bin' })
    await assert.rejects(
      daemon.done(daemon.client.startVm('crash')),
      (error) =>
        isStillpointError(error, 'hypervisor_unavailable') && /apt install swtpm/.test(error.message),
    )
    assert.deepEqual(processesUnder(daemon.home), [])
  })
})
