import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { execa } from 'execa'
import { isStillpointError } from '../../src/core/error.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { diskId } from '../fixtures/documents.ts'
import { ImageVm } from '../fixtures/image-vm.ts'
import { contentOf } from '../fixtures/images.ts'
import { PatternDisk } from '../fixtures/pattern-disk.ts'

const size = { disks: 1, blockBytes: 65_536, blocks: 64 }
const disk = diskId(0)

describe('An image of the user', () => {
  let daemon: TestDaemon
  before(async () => {
    daemon = await TestDaemon.start()
  })
  after(() => daemon[Symbol.asyncDispose]())

  const at = (name: string) => join(daemon.home, name)
  const pattern = (from: number, count: number, byte: number) =>
    ({ how: 'pattern', from, count, byte }) as const

  async function imageOf(name: string, format: 'raw' | 'qcow2', content: PatternDisk): Promise<string> {
    await writeFile(at(`${name}.source`), content.content())
    await execa('qemu-img', ['convert', '-f', 'raw', '-O', format, at(`${name}.source`), at(name)])
    return at(name)
  }

  for (const format of ['raw', 'qcow2'] as const) {
    it(`in use as a ${format} base takes merges in, is never unlinked, and outlives the VM`, async () => {
      const begin = new PatternDisk(size.blockBytes, size.blocks)
      begin.fill(0, 40, 0x11)
      const path = await imageOf(`base.${format}`, format, begin)
      const { ino } = await stat(path)
      const vm = await ImageVm.create(daemon, `linked-${format}`, size, [path])
      vm.now = new Map([[disk, begin.copy()]])

      await vm.write(disk, [pattern(0, 2, 0x21)])
      const first = await vm.create('first')
      await vm.write(disk, [pattern(2, 3, 0x22), { how: 'zero', from: 10, count: 4, byte: 0 }])
      const second = await vm.create('second')
      await vm.write(disk, [pattern(4, 30, 0x23)])
      await vm.verify('with two checkpoints')

      // Its only child holds more than it does: still the child goes into it, for it cannot go away.
      await vm.delete(first)
      await vm.settled()
      await vm.verify('without the first')
      const base = await vm.layer(({ checkpoints }) => checkpoints[0]?.disks[disk])
      assert.deepEqual([base.linked, base.file, base.format], [true, path, format])

      await vm.apply(second)
      await vm.write(disk, [pattern(50, 10, 0x24)])
      const third = await vm.create('third')
      await vm.apply(second)
      await vm.write(disk, [pattern(50, 5, 0x25)])
      await vm.delete(second)
      await vm.verify('as an internal layer that two branches share')
      assert.equal((await daemon.client.showVm(vm.name)).waitingMerges, 0)

      await vm.delete(third)
      await vm.forget()
      await vm.settled()
      await vm.verify('without checkpoints')
      const left = await vm.layer(({ active }) => active[disk])
      assert.deepEqual([left.linked, left.file], [true, path], 'Now writes to it again')

      await vm.remove()
      const after = await stat(path)
      assert.equal(after.ino, ino)
      assert.equal(await contentOf(left, daemon.home), vm.now.get(disk)?.sha256())
      if (format === 'raw') assert.deepEqual(await readFile(path), vm.now.get(disk)?.content())
    })
  }

  const creating = (disks: readonly { path: string; use: 'copy' | 'link'; backing?: string | null }[]) =>
    daemon.done(
      daemon.client.createVm({
        name: 'new',
        memoryMiB: 64,
        disks: disks.map((each) => ({ source: 'image', ...each })),
      }),
    )
  const refused = async (
    code: 'image_in_use' | 'image_invalid' | 'image_refers_elsewhere',
    disks: Parameters<typeof creating>[0],
  ) => {
    await assert.rejects(creating(disks), (error) => isStillpointError(error, code), JSON.stringify(disks))
    assert.equal(
      (await daemon.client.listVms()).some(({ name }) => name === 'new'),
      false,
    )
  }

  it('cannot be used in place by two disks, of one VM or of two, by whatever name', async () => {
    const content = new PatternDisk(size.blockBytes, size.blocks)
    const path = await imageOf('twice.raw', 'raw', content)
    await execa('ln', ['-s', path, at('link')])
    await refused('image_in_use', [
      { path, use: 'link' },
      { path, use: 'link' },
    ])
    await refused('image_in_use', [
      { path, use: 'link' },
      { path: at('link'), use: 'link' },
    ])
    const vm = await ImageVm.create(daemon, 'owner', size, [path])
    await refused('image_in_use', [{ path: at('link'), use: 'link' }])
    await vm.remove()
  })

  it('that names another file is refused unless the user named that file too, and then copied whole', async () => {
    const below = new PatternDisk(size.blockBytes, size.blocks)
    below.fill(0, 64, 0x31)
    const backing = await imageOf('below.raw', 'raw', below)
    const path = at('above.qcow2')
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', backing, '-F', 'raw', path])
    await execa('qemu-io', ['-f', 'qcow2', '-c', `write -P 0x32 0 ${size.blockBytes}`, path])
    await refused('image_refers_elsewhere', [{ path, use: 'copy' }])
    await refused('image_refers_elsewhere', [{ path, use: 'link' }])
    const task = await creating([{ path, use: 'copy', backing }])
    const { disks } = task.result as { disks: { file: string }[] } // a VmView
    const expected = below.copy()
    expected.fill(0, 1, 0x32)
    const copy = await execa('qemu-img', ['info', '--output=json', disks[0]?.file ?? ''])
    assert.equal('backing-filename' in JSON.parse(copy.stdout), false)
    await execa('qemu-img', ['convert', '-O', 'raw', disks[0]?.file ?? '', at('copy.raw')])
    assert.deepEqual(await readFile(at('copy.raw')), expected.content())
    await daemon.done(daemon.client.removeVm('new', { confirm: true }))
  })

  it('that keeps its data elsewhere, is damaged, cut off or of another format is refused', async () => {
    await execa('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-o',
      `data_file=${at('data.raw')}`,
      at('external.qcow2'),
      '1M',
    ])
    await refused('image_refers_elsewhere', [{ path: at('external.qcow2'), use: 'copy' }])
    const whole = await readFile(
      await imageOf('whole.qcow2', 'qcow2', new PatternDisk(size.blockBytes, size.blocks)),
    )
    const damaged = Buffer.from(whole)
    damaged.fill(0xff, whole.readUInt32BE(44), whole.readUInt32BE(44) + 8) // the L1 table
    await writeFile(at('damaged.qcow2'), damaged)
    await writeFile(at('cut.qcow2'), whole.subarray(0, whole.readUInt32BE(44)))
    await writeFile(at('text'), 'not a whole number of sectors')
    await execa('qemu-img', ['create', '-q', '-f', 'vmdk', at('image.vmdk'), '1M'])
    for (const name of ['damaged.qcow2', 'cut.qcow2', 'text', 'image.vmdk']) {
      for (const use of ['copy', 'link'] as const) await refused('image_invalid', [{ path: at(name), use }])
    }
  })
})
