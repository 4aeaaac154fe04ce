import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { ImportResult } from '../../src/contract/transfer.ts'
import type { CheckpointId } from '../../src/core/ids.ts'
import { MIB } from '../../src/core/units.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { diskId } from '../fixtures/documents.ts'
import { ImageVm } from '../fixtures/image-vm.ts'
import { SmallVolume } from '../fixtures/small-volume.ts'
import { exportTo, holdProgram, importedContents, importFrom } from '../fixtures/transfer.ts'

const size = { disks: 2, blockBytes: MIB, blocks: 24 }
const helper = 'copy-main.ts'

/** An export or import that something comes in between. */
describe('While a VM is exported or imported', () => {
  let daemon: TestDaemon
  let scratch: string
  let vm: ImageVm
  let middle: CheckpointId
  let wanted: string[]
  let count = 0
  let folder = ''

  before(async () => {
    daemon = await TestDaemon.start()
    scratch = await mkdtemp(join(tmpdir(), 'sp-export-'))
    vm = await ImageVm.create(daemon, 'web01', size)
    const ids: CheckpointId[] = []
    for (const [index, name] of ['first', 'second', 'middle', 'last'].entries()) {
      const write = { how: 'pattern', from: 5 * index, count: 9, byte: 0x41 + index } as const
      await vm.write(diskId(0), [write])
      await vm.write(diskId(1), [{ ...write, from: 2 * index }])
      ids.push(await vm.create(name))
    }
    middle = ids[2] ?? assert.fail()
    wanted = [...(vm.expected.get(middle)?.values() ?? [])].map((disk) => disk.sha256())
    folder = join(scratch, `export-${++count}`)
  })
  afterEach(() => {
    folder = join(scratch, `export-${++count}`)
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await rm(scratch, { recursive: true, force: true })
  })

  const startExport = () => daemon.client.exportCheckpoint(vm.id, 'middle', { folder, layout: 'chained' })
  const exportAgain = () => exportTo(daemon, vm.id, 'middle', folder, { layout: 'chained' })
  const foldersOfVms = async () => (await readdir(join(daemon.home, 'vms'))).sort()
  const files = async () => (await readdir(folder, { recursive: true })).sort()

  async function assertImports(): Promise<void> {
    const { vm: view }: ImportResult = await importFrom(daemon, folder, { name: 'copy' })
    assert.deepEqual([...(await importedContents(daemon, view.id)).values()], wanted)
    await daemon.done(daemon.client.removeVm('copy', { confirm: true }))
  }

  it('a cancelled export is none, and goes on with what was finished', async () => {
    const task = await startExport()
    const pid = await holdProgram(helper, folder, 'disk1-0.qcow2')
    await daemon.client.cancelTask(task.id)
    process.kill(pid, 'SIGCONT')
    assert.equal((await daemon.client.watchTask(task.id, () => {})).state, 'cancelled')
    assert.deepEqual(await files(), [
      'disks',
      'disks/disk0-0.qcow2',
      'disks/disk0-1.qcow2',
      'disks/disk0-2.qcow2',
      'export.partial.json',
    ])
    await assert.rejects(importFrom(daemon, folder, { name: 'copy' }), {
      code: 'export_invalid',
      message: /was not finished/,
    })
    const other = daemon.client.exportCheckpoint(vm.id, 'last', { folder, layout: 'chained' })
    await assert.rejects(daemon.done(other), { code: 'folder_in_use', message: /of something else/ })
    // One of the finished files is not any more what it was.
    const damaged = join(folder, 'disks', 'disk0-1.qcow2')
    const content = await readFile(damaged)
    content.writeUInt8(content.readUInt8(content.length - 1) ^ 1, content.length - 1)
    await writeFile(damaged, content)
    const { reusedBytes, sizeBytes } = await exportAgain()
    assert.ok(reusedBytes > 0 && reusedBytes + content.length < sizeBytes)
    assert.ok(!(await files()).includes('export.partial.json'))
    await assertImports()
  })

  it('a daemon that is killed during an export goes on with it when it is asked again', async () => {
    await startExport()
    const pid = await holdProgram(helper, folder, 'disk1-1.qcow2')
    await daemon.kill()
    await daemon.start()
    const again = exportAgain()
    process.kill(pid, 'SIGCONT') // the copy of before meets that of now
    assert.ok((await again).reusedBytes > 0)
    assert.deepEqual(
      (await files()).filter((each) => each.includes('partial')),
      [],
    )
    await assertImports()
  })

  it('a daemon that is killed during an import leaves nothing, and does it when it is asked again', async () => {
    await exportAgain()
    const before = await foldersOfVms()
    await daemon.client.importVm({ folder, name: 'copy' })
    const pid = await holdProgram(helper, folder, 'disk1-0.qcow2', daemon.home)
    await daemon.kill()
    assert.equal((await foldersOfVms()).length, before.length + 1)
    await daemon.start()
    process.kill(pid, 'SIGCONT')
    assert.deepEqual(await foldersOfVms(), before)
    assert.equal((await daemon.client.listVms()).length, 1)
    await assertImports()
  })

  it('a cancelled import leaves nothing', async () => {
    await exportAgain()
    const before = await foldersOfVms()
    const task = await daemon.client.importVm({ folder, name: 'copy' })
    const pid = await holdProgram(helper, folder, 'disk1-0.qcow2', daemon.home)
    await daemon.client.cancelTask(task.id)
    process.kill(pid, 'SIGCONT')
    assert.equal((await daemon.client.watchTask(task.id, () => {})).state, 'cancelled')
    assert.deepEqual(await foldersOfVms(), before)
  })

  it('a target without space is told before, and one that fills up after; with space it goes on', async () => {
    await using volume = await SmallVolume.mount(96)
    folder = join(volume.folder, 'out')
    await volume.fill(MIB)
    await assert.rejects(exportAgain(), { code: 'disk_full', message: /needs up to .*"\/.*out" has/ })
    assert.deepEqual(await files(), [])
    await volume.clear()
    const task = await startExport()
    const pid = await holdProgram(helper, folder, 'disk1-0.qcow2')
    await volume.fill(64 * 1024)
    process.kill(pid, 'SIGCONT')
    await assert.rejects(daemon.done(Promise.resolve(task)), { code: 'disk_full' })
    await volume.clear()
    assert.ok((await exportAgain()).reusedBytes > 0)
    await assertImports()
  })

  it('what is being read stays, whatever is deleted; it goes afterwards', async () => {
    const task = await startExport()
    const pid = await holdProgram(helper, folder, 'disk0-1.qcow2')
    const names = ['first', 'second', 'middle']
    const before = await vm.document()
    for (const checkpoint of before.checkpoints.filter(({ name }) => names.includes(name)))
      await vm.delete(checkpoint.id)
    assert.equal((await daemon.client.showVm(vm.id)).waitingMerges, 6)
    assert.equal(await daemon.client.mergeVm(vm.id), null)
    assert.deepEqual((await vm.document()).layers, before.layers)
    await assert.rejects(vm.remove(), { code: 'vm_state', message: /is being exported/ })
    process.kill(pid, 'SIGCONT')
    await daemon.done(Promise.resolve(task))
    await vm.settled()
    await vm.verify('after the merges')
    assert.equal(Object.keys((await vm.document()).layers).length, 4)
    await assertImports()
  })
})
