import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { execa } from 'execa'
import type { CheckpointId } from '../../src/core/ids.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { diskId } from '../fixtures/documents.ts'
import { ImageVm } from '../fixtures/image-vm.ts'
import { PatternDisk } from '../fixtures/pattern-disk.ts'
import { exportTo, importedContents, importFrom, recordOf } from '../fixtures/transfer.ts'

const blockBytes = 4608 // of 9 sectors: nothing ends where a cluster does
const blocks = 3001
const size = { disks: 3, blockBytes, blocks }
const disks = [diskId(0), diskId(1), diskId(2)]

describe('An export of disks', () => {
  let daemon: TestDaemon
  let scratch: string
  let vm: ImageVm
  let middle: CheckpointId
  const folder = (name: string) => join(scratch, name)

  /** The first disk is a raw image of the user's own, used in place; the second is written across, the third is empty. */
  before(async () => {
    daemon = await TestDaemon.start()
    scratch = await mkdtemp(join(tmpdir(), 'sp-export-'))
    const raw = join(scratch, 'base.raw')
    const content = new PatternDisk(blockBytes, blocks)
    content.fill(7, 400, 0x11)
    await writeFile(raw, content.content())
    vm = await ImageVm.create(daemon, 'web01', size, [raw])
    vm.now.set(diskId(0), content)
    await vm.create('first')
    await vm.write(diskId(0), [{ how: 'pattern', from: 100, count: 900, byte: 0x22 }])
    await vm.write(diskId(1), [
      { how: 'pattern', from: 1, count: 2999, byte: 0x33 },
      { how: 'unmap', from: 500, count: 500, byte: 0 },
    ])
    await vm.create('second')
    await vm.write(diskId(0), [{ how: 'zero', from: 50, count: 700, byte: 0 }])
    await vm.write(diskId(1), [{ how: 'pattern', from: 2990, count: 11, byte: 0x44 }])
    middle = await vm.create('middle')
    await vm.write(diskId(0), [{ how: 'pattern', from: 0, count: 3001, byte: 0x55 }])
    await vm.create('last')
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await rm(scratch, { recursive: true, force: true })
  })

  async function assertSame(importedId: string, where = daemon): Promise<void> {
    const contents = await importedContents(where, importedId)
    const expected = vm.expected.get(middle)
    assert.deepEqual([...contents.keys()].sort(), disks)
    for (const [id, content] of contents) assert.equal(content, expected?.get(id)?.sha256(), id)
  }

  it('is bit-exact as a chain, and needs nothing of where it came from', async () => {
    const target = folder('chained')
    const exported = await exportTo(daemon, vm.name, 'middle', target, { layout: 'chained' })
    assert.deepEqual([exported.disks, exported.memory, exported.reusedBytes], [3, false, 0])
    const files = (await readdir(join(target, 'disks'))).sort()
    assert.deepEqual(files.slice(0, 3), ['disk0-0.raw', 'disk0-1.qcow2', 'disk0-2.qcow2'])
    assert.deepEqual((await readdir(target)).sort(), ['disks', 'export.json'])

    await using elsewhere = await TestDaemon.start()
    const { vm: view, checkpoint } = await importFrom(elsewhere, target, { identity: 'keep' })
    // Other tools follow the names in the headers, wherever the folder lies.
    const moved = join(scratch, 'moved')
    await rename(target, moved)
    const top = join(moved, 'disks', 'disk0-2.qcow2')
    const { stdout } = await execa('qemu-img', ['info', '--backing-chain', '--output=json', top])
    assert.equal(JSON.parse(stdout).length, 3)
    await rm(moved, { recursive: true })

    assert.deepEqual([view.id, view.name, checkpoint.id], [vm.id, 'web01', middle])
    await assertSame(view.id, elsewhere)
    assert.ok(!(await readFile(join(elsewhere.home, 'vms', view.id, 'vm.json'), 'utf8')).includes(scratch))

    // What was imported can be worked with: a checkpoint over it, and merges of all that it stands on.
    await elsewhere.done(elsewhere.client.createCheckpoint('web01', { name: 'next' }))
    await elsewhere.done(elsewhere.client.deleteCheckpoint('web01', 'middle', { subtree: false }))
    await elsewhere.settled('web01')
    await assertSame(view.id, elsewhere)
  })

  it('is bit-exact in one file per disk, and is imported beside the original with an identity of its own', async () => {
    const target = folder('flattened')
    await exportTo(daemon, vm.name, 'middle', target)
    const files = (await readdir(join(target, 'disks'))).sort()
    assert.deepEqual(files, ['disk0.qcow2', 'disk1.qcow2', 'disk2.qcow2'])
    await assert.rejects(importFrom(daemon, target), { code: 'name_taken' })
    await assert.rejects(importFrom(daemon, target, { name: 'web02', identity: 'keep' }), {
      code: 'name_taken',
    })
    const { vm: view } = await importFrom(daemon, target, { name: 'web02' })
    const [old, fresh] = [await vm.document(), await recordOf(daemon, view.id)]
    const [checkpoint] = fresh.checkpoints
    const original = old.checkpoints.find(({ id }) => id === middle)
    assert.notEqual(fresh.id, old.id)
    assert.notEqual(checkpoint?.id, middle)
    assert.notEqual(fresh.hardware.systemUuid, old.hardware.systemUuid)
    assert.notEqual(fresh.hardware.macAddress, old.hardware.macAddress)
    assert.notEqual(fresh.generationId, old.generationId)
    assert.deepEqual(checkpoint?.hardware, fresh.hardware)
    assert.deepEqual(checkpoint?.record, original?.record)
    assert.deepEqual([checkpoint?.kind, checkpoint?.createdAt], [original?.kind, original?.createdAt])
    assert.equal(fresh.nowParentId, checkpoint?.id)
    await assertSame(view.id)
    await vm.verify('after the export')
  })

  it('brings along what a vTPM held, once for the checkpoint and once for Now', async () => {
    const target = folder('tpm')
    await exportTo(daemon, vm.name, 'middle', target)
    // As the export of a VM with a TPM has it.
    const manifest = JSON.parse(await readFile(join(target, 'export.json'), 'utf8'))
    manifest.checkpoint.hardware.tpm = '2.0'
    manifest.tpmState = 'tpm/state'
    const state = 'what it held'
    const sha256 = createHash('sha256').update(state).digest('hex')
    manifest.files.push({ file: 'tpm/state', sizeBytes: state.length, sha256 })
    await mkdir(join(target, 'tpm'))
    await writeFile(join(target, 'tpm', 'state'), state)
    await writeFile(join(target, 'export.json'), JSON.stringify(manifest))
    const { vm: view, checkpoint } = await importFrom(daemon, target, { name: 'tpm' })
    const { checkpoints, tpmFolder } = await recordOf(daemon, view.id)
    const own = join(daemon.home, 'vms', view.id, 'tpm')
    assert.equal(checkpoints[0]?.tpmState, join(own, `${checkpoint.id}.permall`))
    assert.ok(tpmFolder?.startsWith(`${own}/`))
    for (const file of [checkpoints[0]?.tpmState ?? '', join(tpmFolder ?? '', 'tpm2-00.permall')])
      assert.equal(await readFile(file, 'utf8'), state)
  })

  it('is refused where it could destroy or mix something', async () => {
    const target = folder('refused')
    const exporting = (to: string) => exportTo(daemon, vm.name, 'middle', to)
    await assert.rejects(exporting(join(daemon.home, 'vms', 'x')), { code: 'invalid_request' })
    await mkdir(target)
    await execa('ln', ['-s', daemon.home, join(target, 'link')])
    await assert.rejects(exporting(join(target, 'link', 'x')), { code: 'invalid_request' })
    await assert.rejects(exporting(target), { code: 'folder_in_use', message: /it holds "link"/ })
    await writeFile(join(target, 'file'), '')
    await assert.rejects(exporting(join(target, 'file')), { code: 'io_error' })
    await exporting(join(target, 'good'))
    const before = await stat(join(target, 'good', 'export.json'))
    await assert.rejects(exporting(join(target, 'good')), {
      code: 'folder_in_use',
      message: /finished export/,
    })
    assert.equal((await stat(join(target, 'good', 'export.json'))).mtimeMs, before.mtimeMs)
    await assert.rejects(importFrom(daemon, target, { name: 'x' }), {
      code: 'export_invalid',
      message: /there is no export\.json/,
    })
  })

  it('takes along a kernel that the user named by a link', async () => {
    const [real, link] = [join(scratch, 'vmlinuz-1'), join(scratch, 'vmlinuz')]
    await writeFile(real, 'a kernel')
    await symlink(real, link)
    const request = { name: 'linked-kernel', memoryMiB: 64, boot: { kernel: link, initrd: null, append: '' } }
    await daemon.done(daemon.client.createVm(request))
    await daemon.done(daemon.client.createCheckpoint('linked-kernel', { name: 'point' }))
    const folder = join(scratch, 'with-kernel')
    await daemon.done(daemon.client.exportCheckpoint('linked-kernel', 'point', { folder }))
    assert.equal(await readFile(join(folder, 'boot', 'kernel'), 'utf8'), 'a kernel')
  })
})
