import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { processesUnder } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { addBootEntry, bootEntries, readSecret, storeSecret } from '../fixtures/guest-firmware.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { strayFiles } from '../fixtures/images.ts'

/** Real OVMF and a real swtpm. Each checkpoint is preceded and followed by a boot entry and a secret of its own. */
describe('Firmware variables and the TPM after an apply', () => {
  let daemon: TestDaemon
  let vm: GuestVm
  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'uefi', { firmware: 'uefi', tpm: '2.0', memoryMiB: 192 })
  })
  after(() => daemon[Symbol.asyncDispose]())

  const write = async (index: number) => {
    await addBootEntry(vm, entryOf(index))
    await storeSecret(vm, index, `secret ${index}`)
  }
  const create = (name: string) => daemon.done(daemon.client.createCheckpoint('uefi', { name }))
  const apply = (name: string) => daemon.done(daemon.client.applyCheckpoint('uefi', name, { confirm: true }))
  const undo = () => daemon.done(daemon.client.undoApply('uefi', { stateId: null, confirm: true }))

  /** Exactly the boot entries and secrets of `indexes` are there, of those that this test makes. */
  async function assertHolds(indexes: readonly number[]): Promise<void> {
    const { entries, order } = await bootEntries(vm)
    const found: unknown[] = []
    for (let index = 1; index <= 6; index++) {
      const entry = entryOf(index)
      const secret = await readSecret(vm, index)
      assert.equal(entries.includes(entry), order.includes(entry), `${entry} in ${order}`)
      if (entries.includes(entry) || secret !== null) found.push([entries.includes(entry), secret])
    }
    assert.deepEqual(
      found,
      indexes.map((index) => [true, `secret ${index}`]),
    )
  }

  it('are those of a standard checkpoint, while the guest goes on', async () => {
    await vm.boot()
    await write(1)
    await daemon.client.updateVm('uefi', { settings: { checkpointPolicy: 'Standard' } })
    await create('standard')
    await write(2)
    await assertHolds([1, 2])
    const task = await apply('standard')
    assert.equal((task.result as { memory: { mode: string } }).memory.mode, 'lazy')
    await assertHolds([1])
    await daemon.settled('uefi')
    await undo()
    await assertHolds([1, 2])
  })

  it('are those of a production checkpoint, after the next start', async () => {
    await daemon.client.updateVm('uefi', { settings: { checkpointPolicy: 'ProductionOnly' } })
    await create('production')
    await write(3)
    await apply('production')
    await vm.boot()
    await assertHolds([1, 2])
  })

  it('are those of an offline checkpoint, after the next start', async () => {
    await write(4)
    await daemon.done(daemon.client.stopVm('uefi'))
    await create('offline')
    await vm.boot()
    await write(5)
    await apply('offline')
    await vm.boot()
    await assertHolds([1, 2, 4])
    await daemon.done(daemon.client.stopVm('uefi'))
    await apply('standard')
    await assertHolds([1])
    await undo()
    assert.equal(await vm.state(), 'off')
    await vm.boot()
    await assertHolds([1, 2, 4])
    await apply('standard')
    await assertHolds([1])
    await daemon.settled('uefi')
  })

  it('go with their checkpoints, and no process is left', async () => {
    const { instance } = await vm.document()
    const running = processesUnder(daemon.home)
    assert.deepEqual(
      running.map(({ program }) => program),
      ['qemu', 'tpm'],
    )
    assert.equal(running[0]?.pid, instance?.pid)
    for (const name of ['production', 'offline', 'standard'])
      await daemon.done(daemon.client.deleteCheckpoint('uefi', name, { subtree: false }))
    await assertHolds([1])
    await daemon.done(daemon.client.stopVm('uefi', { force: true }))
    await daemon.done(daemon.client.forgetDiscarded('uefi', null))
    await daemon.settled('uefi')
    assert.deepEqual(await strayFiles(await vm.document(), join(daemon.home, 'vms', vm.id)), [])
  })
})

const entryOf = (index: number) => `0A${index.toString(16).padStart(2, '0')}`.toUpperCase()
