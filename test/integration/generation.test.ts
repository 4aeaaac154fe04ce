import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { neverAborted } from '../../src/core/cancel.ts'
import { isStillpointError } from '../../src/core/error.ts'
import { QmpSession } from '../../src/hypervisor/qemu/qmp/session.ts'
import { qemuBackportFolder } from '../../tools/qemu-backport.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'

/** The generation device, as QEMU and as the guest see it: it changes when the VM was put back, and only then. */
for (const { version, folder } of [
  { version: /^7\.|^10\./, folder: async () => null },
  { version: /^10\./, folder: qemuBackportFolder },
]) {
  describe(`The generation device of QEMU ${version.source}`, () => {
    let daemon: TestDaemon
    let vm: GuestVm

    before(async () => {
      const qemu = await folder()
      daemon = await TestDaemon.start(qemu === null ? {} : { STILLPOINT_QEMU: qemu })
      assert.match((await daemon.client.health()).qemuVersion ?? '', version)
      const settings = { checkpointPolicy: 'Standard' } as const
      vm = await GuestVm.create(daemon, 'dc', { memoryMiB: 96, diskMiB: 16, settings })
      await vm.boot()
    })
    after(() => daemon[Symbol.asyncDispose]())

    const create = (name: string) => daemon.done(daemon.client.createCheckpoint('dc', { name }))
    const apply = (name: string) => daemon.done(daemon.client.applyCheckpoint('dc', name, { confirm: true }))
    const recorded = async () => (await daemon.client.showVm('dc')).generationId
    /** The guest is told by an ACPI event, whose interrupts its kernel counts. */
    const timesTold = async () =>
      Number.parseInt(await vm.run('awk \'$NF == "acpi" { print $2 }\' /proc/interrupts'), 10)

    /** What QEMU holds, which is also what stands in the memory of the guest, where its firmware has said. */
    async function shown(): Promise<string> {
      const { instance } = await vm.document()
      assert.ok(instance)
      const address = await addressInGuest()
      // The monitor has room for one.
      await daemon.stop()
      const { session } = await QmpSession.open(join(instance.runFolder, 'qmp.sock'), neverAborted)
      const { guid } = (await session.execute('query-vm-generation-id')) as { guid: string }
      const command = { 'command-line': `xp /16xb ${address}` }
      const dump = String(await session.execute('human-monitor-command', command))
      session.close()
      await daemon.start()
      assert.equal(guidOf([...dump.matchAll(/0x([0-9a-f]{2})\b/g)].map(([, byte]) => byte ?? '')), guid)
      return guid
    }

    /** The device's own ACPI table names the place; the value lies 40 bytes behind it. */
    async function addressInGuest(): Promise<number> {
      const read =
        'for t in /sys/firmware/acpi/tables/SSDT*; do grep -q VMGENID $t && od -An -v -tx1 $t; done'
      const table = Buffer.from((await vm.run(read)).replaceAll(/\s/g, ''), 'hex')
      const at = table.indexOf('VGIA')
      assert.ok(at > 0 && table[at + 4] === 0x0c, 'the table has the address as a double word')
      return table.readUInt32LE(at + 5) + 40
    }

    /** Its first three parts are little-endian. */
    function guidOf(bytes: readonly string[]): string {
      const part = (from: number, to: number) => bytes.slice(from, to).reverse().join('')
      const tail = `${bytes.slice(8, 10).join('')}-${bytes.slice(10).join('')}`
      return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}-${tail}`
    }

    it('shows the value on record, and keeps it while the VM is checkpointed and paused', async () => {
      const value = await recorded()
      assert.match(value, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      assert.equal(await shown(), value)
      await create('standard')
      await daemon.done(daemon.client.pauseVm('dc'))
      await daemon.done(daemon.client.resumeVm('dc'))
      assert.equal(await shown(), value)
      assert.equal(await timesTold(), 0)
    })

    it('changes under the running guest when a standard checkpoint is applied, and the guest is told', async () => {
      const before = await recorded()
      await apply('standard')
      const after = await recorded()
      assert.notEqual(after, before)
      assert.equal(await shown(), after)
      assert.equal(await timesTold(), 1)
      await daemon.done(daemon.client.revertVm('dc', { confirm: true }))
      assert.ok(![before, after].includes(await shown()), 'each apply makes a new one')
      assert.equal(await timesTold(), 1)
    })

    it('has changed when the guest is started again after a production checkpoint was applied', async () => {
      await daemon.client.updateVm('dc', { settings: { checkpointPolicy: 'ProductionOnly' } })
      await create('production')
      const before = await recorded()
      await apply('production')
      const after = await recorded()
      assert.notEqual(after, before)
      await vm.boot()
      assert.equal(await shown(), after)
    })

    it('stays through shutdown and start, and changes when an offline checkpoint is applied', async () => {
      const before = await recorded()
      await daemon.done(daemon.client.stopVm('dc'))
      await create('offline')
      await vm.boot()
      assert.equal(await shown(), before)
      await apply('offline')
      assert.notEqual(await recorded(), before)
    })

    it('is taken away and put in only while the VM is off; a checkpoint brings its own hardware', async () => {
      await daemon.client.updateVm('dc', { generationDevice: false })
      await vm.boot()
      assert.equal(await vm.run('grep -c VMGENID /sys/firmware/acpi/tables/SSDT* 2>/dev/null || true'), '')
      await assert.rejects(daemon.client.updateVm('dc', { generationDevice: true }), (error) =>
        isStillpointError(error, 'vm_state'),
      )
      await apply('standard')
      assert.equal((await daemon.client.showVm('dc')).generationDevice, true)
      assert.equal(await shown(), await recorded())
    })
  })
}
