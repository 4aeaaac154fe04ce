import assert from 'node:assert/strict'
import { chmod, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { execa } from 'execa'
import type { FindingView, RepairResult } from '../../src/contract/doctor.ts'
import { asId, type CheckpointId, type DiskId, type LayerId } from '../../src/core/ids.ts'
import { KIB } from '../../src/core/units.ts'
import type { FindingCode } from '../../src/doctor/finding.ts'
import type { VmDocument } from '../../src/inventory/document.ts'
import { assertRefused, cli, cliDocument } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { ImageVm } from '../fixtures/image-vm.ts'

const disk = asId<DiskId>('disk0')

describe('The doctor', () => {
  let daemon: TestDaemon
  let vm: ImageVm
  let one: CheckpointId
  let two: CheckpointId
  before(async () => {
    daemon = await TestDaemon.start()
    vm = await ImageVm.create(daemon, 'ill', { disks: 1, blockBytes: 64 * KIB, blocks: 16 })
    const write = (byte: number) => vm.write(disk, [{ how: 'pattern', from: byte, count: 3, byte }])
    await write(1)
    one = await vm.create('one')
    await write(2)
    two = await vm.create('two')
    await write(3)
  })
  after(() => daemon[Symbol.asyncDispose]())

  const folder = () => join(daemon.home, 'vms', vm.id)
  const quarantine = () => join(folder(), 'quarantine')
  const layerOf = (checkpoint: CheckpointId) =>
    vm.layer(({ checkpoints }) => checkpoints.find(({ id }) => id === checkpoint)?.disks[disk])

  async function found(...codes: FindingCode[]): Promise<FindingView[]> {
    const { findings } = await daemon.client.examine('ill')
    assert.deepEqual(
      findings.map(({ code }) => code),
      codes,
      JSON.stringify(findings, null, 1),
    )
    return findings
  }

  async function repair(wanted: string | null = 'ill'): Promise<RepairResult> {
    const request = { ...(wanted === null ? {} : { vm: wanted }), confirm: true }
    const task = await daemon.done(daemon.client.repair(request))
    return task.result as RepairResult
  }

  it('finds nothing wrong with a VM that is well, and repairs nothing without a confirmation', async () => {
    await found()
    const text = await cli(daemon.home, ['doctor'])
    assert.deepEqual([text.exitCode, text.stdout], [0, 'Nothing is wrong.'])
    await assert.rejects(daemon.client.repair({ vm: 'ill' }), { code: 'confirmation_required' })
    await assertRefused(daemon.home, ['doctor', 'nobody'], { code: 'vm_not_found', names: ['nobody'] })
  })

  it('a header that names a parent which is gone is made to name the recorded one', async () => {
    const { file } = await layerOf(two)
    const gone = join(daemon.home, 'elsewhere', basename((await layerOf(one)).file))
    await execa('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', gone, file])
    const [finding] = await found('layer_parent_differs')
    assert.deepEqual([finding?.subject, finding?.isRepairable], [file, true])
    assert.ok(finding?.evidence.includes(gone))
    const { savedTo, repaired, left } = await repair()
    assert.deepEqual(
      repaired.map(({ isDone }) => isDone),
      [true],
    )
    assert.deepEqual(left, [])
    await vm.verify('after the header was repaired')
    // What it was like before has been kept.
    const saved = await readFile(join(savedTo ?? '', vm.id, `${basename(file)}.header`))
    assert.ok(saved.includes(gone))
    const database = new DatabaseSync(join(savedTo ?? '', 'stillpoint.db'), { readOnly: true })
    assert.equal(database.prepare('SELECT count(*) AS n FROM vms').get()?.n, 1)
    database.close()
    assert.equal((await stat(savedTo ?? '')).mode & 0o077, 0)
  })

  it('a header that names another image of the VM is left to the user', async () => {
    const { file } = await layerOf(two)
    const active = await vm.layer((document) => document.active[disk])
    const parent = (await layerOf(one)).file
    const name = (other: string) =>
      execa('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', other, file])
    await name(active.file)
    const [finding] = await found('layer_parent_differs')
    assert.equal(finding?.isRepairable, false)
    assert.match(finding?.remedy ?? '', /Only you can/)
    assert.equal((await repair()).savedTo, null)
    await name(parent)
    await found()
    await vm.verify('after it was put right by hand')
  })

  it('a layer that is missing or damaged is named with all that need it, and never touched', async () => {
    const { file } = await layerOf(one)
    await rename(file, `${file}.away`)
    const missing = await daemon.client.examine('ill')
    const finding = missing.findings.find(({ code }) => code === 'layer_missing')
    assert.equal(finding?.subject, file)
    assert.match(finding?.problem ?? '', /needed by Now, "one", "two"/)
    assert.equal(finding?.isRepairable, false)
    await rename(`${file}.away`, file)

    const content = await readFile(file)
    await writeFile(file, Buffer.concat([Buffer.alloc(512), content.subarray(512)]))
    const [damaged] = await found('layer_damaged')
    assert.deepEqual([damaged?.subject, damaged?.isRepairable], [file, false])
    assert.equal((await repair()).savedTo, null)
    await writeFile(file, content)
    await found()
    await vm.verify('after the layer was put back')
  })

  it('files that no record names go to the quarantine with all they hold; a name that is taken too', async () => {
    const orphan = join(folder(), 'layers', 'disk0-ffffffffffff.qcow2')
    for (const content of ['what a guest wrote last', 'and another']) {
      await writeFile(orphan, content, { mode: 0o600 })
      await writeFile(join(folder(), 'memory', 'x.spm.partial'), content, { mode: 0o600 })
      await found('orphan_file', 'orphan_file')
      const { left } = await repair()
      assert.deepEqual(left, [])
    }
    assert.deepEqual((await readdir(quarantine())).sort(), [
      'disk0-ffffffffffff.qcow2',
      'disk0-ffffffffffff.qcow2.1',
      'x.spm.partial',
      'x.spm.partial.1',
    ])
    assert.equal(
      await readFile(join(quarantine(), 'disk0-ffffffffffff.qcow2'), 'utf8'),
      'what a guest wrote last',
    )
    await vm.verify('after the orphans went')
  })

  it('a copy of the record that is gone or spoilt is written again; one that is newer is left alone', async () => {
    const copy = join(folder(), 'vm.json')
    const text = await readFile(copy, 'utf8')
    for (const spoil of [() => rm(copy), () => writeFile(copy, text.slice(0, 100), { mode: 0o600 })]) {
      await spoil()
      const [finding] = await found('record_copy_behind')
      assert.equal(finding?.isRepairable, true)
      assert.deepEqual((await repair()).left, [])
      assert.equal(await readFile(copy, 'utf8'), text)
    }
    const document = JSON.parse(text) as VmDocument
    await writeFile(copy, JSON.stringify({ ...document, revision: document.revision + 5 }))
    const [newer] = await found('record_copy_newer')
    assert.equal(newer?.isRepairable, false)
    await writeFile(copy, text)
    await found()
  })

  it('files that others may read are closed to them', async () => {
    const { file } = await layerOf(one)
    await chmod(file, 0o644)
    await chmod(folder(), 0o755)
    await found('permissions', 'permissions')
    assert.deepEqual((await repair()).left, [])
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await stat(folder())).mode & 0o777, 0o700)
  })

  it('a VM that the store lost is taken back from its folder; a folder without a record is left alone', async () => {
    await daemon.stop()
    const database = new DatabaseSync(join(daemon.home, 'stillpoint.db'))
    database.exec('DELETE FROM vms')
    database.close()
    await daemon.start()
    assert.deepEqual(await daemon.client.listVms(), [])
    const { findings } = await daemon.client.examine()
    assert.deepEqual(
      findings.map(({ code, subject, isRepairable }) => [code, subject, isRepairable]),
      [['unknown_vm_folder', folder(), true]],
    )
    const { repaired, left } = await repair(null)
    assert.deepEqual(
      repaired.map(({ outcome }) => outcome),
      ['VM "ill" is known again.'],
    )
    assert.deepEqual(left, [])
    await vm.verify('after the VM was taken back')
    await vm.apply(one)
    await vm.verify('it can be used')
  })

  it('a VM whose image in place another VM uses now is not taken back', async () => {
    const image = join(daemon.home, 'in-place.qcow2')
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M'])
    const size = { disks: 1, blockBytes: 64 * KIB, blocks: 16 }
    const first = await ImageVm.create(daemon, 'linker', size, [image])
    await daemon.stop()
    const database = new DatabaseSync(join(daemon.home, 'stillpoint.db'))
    database.exec("DELETE FROM vms WHERE name = 'linker'")
    database.close()
    await daemon.start()
    await ImageVm.create(daemon, 'other', size, [image])
    const { repaired, left } = await repair(null)
    assert.equal(repaired[0]?.isDone, false)
    assert.match(repaired[0]?.outcome ?? '', /belongs to VM "other" already/)
    assert.deepEqual(
      left.map(({ code, subject }) => [code, basename(subject)]),
      [['unknown_vm_folder', first.id]],
    )
    await rm(join(daemon.home, 'vms', first.id), { recursive: true })
  })

  it('by the command line: explains, asks, repairs', async () => {
    const orphan = join(folder(), 'layers', 'stray')
    await writeFile(orphan, 'x', { mode: 0o600 })
    const text = await cli(daemon.home, ['doctor', 'ill'])
    assert.equal(text.exitCode, 0)
    for (const part of ['info orphan_file VM "ill"', orphan, 'Repair: It is moved to', '1 can be repaired'])
      assert.ok(text.stdout.includes(part), text.stdout)
    await assertRefused(daemon.home, ['doctor', '--repair'], {
      code: 'confirmation_required',
      names: ['copy of the metadata', '--yes'],
    })
    const task = await cliDocument(daemon.home, ['doctor', '--repair', '--yes'])
    assert.equal((task.result as RepairResult).repaired[0]?.isDone, true)
    const again = await cli(daemon.home, ['doctor', '--repair', '--yes'])
    assert.match(again.stdout, /There is nothing that can be repaired/)
  })
})

describe('The doctor and memory', () => {
  let daemon: TestDaemon
  let guest: GuestVm
  before(async () => {
    daemon = await TestDaemon.start()
    guest = await GuestVm.create(daemon, 'mem', { diskMiB: 16 })
    await guest.boot()
  })
  after(() => daemon[Symbol.asyncDispose]())

  const record = async () =>
    JSON.parse(await readFile(join(daemon.home, 'vms', guest.id, 'vm.json'), 'utf8')) as VmDocument

  it('a checkpoint whose image is lost keeps its disks, and the others their memory', async () => {
    await daemon.client.updateVm('mem', { settings: { checkpointPolicy: 'Standard' } })
    for (const name of ['first', 'second']) {
      await guest.run(`echo ${name} >/mnt/a/is; echo ${name} >/tmp/is; sync`)
      await daemon.done(daemon.client.createCheckpoint('mem', { name }))
    }
    const before = (await record()).checkpoints
    const file = before[1]?.memory?.file ?? ''
    await truncate(file, 1000)
    const { findings } = await daemon.client.examine('mem')
    assert.deepEqual(
      findings.map(({ code, subject, isRepairable }) => [code, subject, isRepairable]),
      [['memory_image_lost', file, true]],
    )
    const task = await daemon.done(daemon.client.repair({ vm: 'mem', confirm: true }))
    const { repaired, left } = task.result as RepairResult
    assert.deepEqual([repaired[0]?.isDone, left], [true, []])
    assert.match(repaired[0]?.outcome ?? '', /crash consistent\. What is left of the image is at/)
    const [first, second] = (await record()).checkpoints
    assert.deepEqual(first, before[0])
    assert.deepEqual(Object.values<LayerId>(second?.disks ?? {}), Object.values(before[1]?.disks ?? {}))
    assert.deepEqual([second?.kind, second?.memory, second?.record.consistency], ['offline', null, 'crash'])
    assert.match(second?.record.fallbackReason ?? '', /memory image ".*" was lost/)
    assert.equal(await guest.state(), 'running')

    await daemon.done(daemon.client.applyCheckpoint('mem', 'first', { confirm: true }))
    assert.equal(await guest.run('cat /mnt/a/is /tmp/is'), 'first\nfirst\n')
    await daemon.done(daemon.client.applyCheckpoint('mem', 'second', { confirm: true }))
    assert.equal(await guest.state(), 'off')
    await guest.boot()
    assert.equal(await guest.run('cat /mnt/a/is'), 'second\n')
  })
})
