import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { MIB } from '../../src/core/units.ts'
import type { Layer } from '../../src/disk/layer.ts'
import { assertRefused, cliDocument } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { ImageVm } from '../fixtures/image-vm.ts'

const disk0 = 'disk0' as never // a DiskId

describe('A checkpoint location', () => {
  let daemon: TestDaemon
  let fast: string
  before(async () => {
    daemon = await TestDaemon.start()
    fast = join(daemon.home, 'fast')
    await mkdir(join(daemon.home, 'other'))
  })
  after(() => daemon[Symbol.asyncDispose]())

  const make = (name: string) => ImageVm.create(daemon, name, { disks: 1, blockBytes: MIB, blocks: 4 })
  const write = (vm: ImageVm, byte: number) => vm.write(disk0, [{ how: 'pattern', from: 0, count: 2, byte }])
  const set = (vm: ImageVm, location: string | null) =>
    daemon.client.updateVm(vm.name, { settings: { checkpointLocation: location } })
  const layersAt = (vm: ImageVm, place = fast) => readdir(join(place, vm.id, 'layers'))

  /** With two checkpoints, whose differences lie in the location. */
  async function placed(name: string): Promise<{ vm: ImageVm; first: string; second: string }> {
    const vm = await make(name)
    await write(vm, 1)
    await set(vm, fast)
    const first = await vm.create('first')
    await write(vm, 2)
    const second = await vm.create('second')
    await write(vm, 3)
    return { vm, first, second }
  }

  it('gets what checkpoints add, while the disk itself stays, and is empty when they are gone', async () => {
    const { vm, first, second } = await placed('moved')
    assert.equal((await layersAt(vm)).length, 2)
    assert.equal((await readdir(join(daemon.home, 'vms', vm.id, 'layers'))).length, 1)
    for (const folder of [fast, join(fast, vm.id), join(fast, vm.id, 'layers')])
      assert.equal((await stat(folder)).mode & 0o777, 0o700, folder)
    await vm.verify('with two checkpoints')
    await vm.apply(first as never) // an id
    await vm.forget()
    await write(vm, 4)
    const branch = await vm.create('branch')
    await vm.settled()
    await vm.verify('with a branch')
    await assertRefused(daemon.home, ['vm', 'set', 'moved', '--location', 'default'], {
      code: 'vm_state',
      names: ['moved', '3 checkpoints', 'delete them first'],
    })
    for (const id of [second, branch, first]) await vm.delete(id as never)
    await vm.settled()
    await vm.verify('without checkpoints')
    assert.deepEqual(await layersAt(vm), [])
    await set(vm, join(daemon.home, 'other'))
    await assert.rejects(stat(join(fast, vm.id)), { code: 'ENOENT' })
    await set(vm, null)
    await assert.rejects(stat(join(daemon.home, 'other', vm.id)), { code: 'ENOENT' })
    await write(vm, 5)
    await vm.verify('back in its own folder')
  })

  it('is set for many at once, or for none', async () => {
    const vms = [await make('bulk1'), await make('bulk2')]
    const request = { settings: { checkpointLocation: join(daemon.home, 'bulk') } }
    await daemon.client.changeVms({ select: { names: ['bulk*'] }, ...request })
    for (const vm of vms) assert.deepEqual(await layersAt(vm, join(daemon.home, 'bulk')), [])
    await vms[0]?.create('one')
    await assert.rejects(
      daemon.client.changeVms({ select: { names: ['bulk*'] }, settings: { checkpointLocation: null } }),
      { code: 'vm_state', message: /bulk1/ },
    )
    const { settings } = await daemon.client.showVm('bulk2')
    assert.equal(settings.checkpointLocation, join(daemon.home, 'bulk'))
    assert.deepEqual(await layersAt(vms[1] as ImageVm, join(daemon.home, 'bulk')), [])
  })

  it('must be a folder of its own that can be made', async () => {
    const vm = await make('refused')
    const other = (await placed('holder')).vm
    const file = join(daemon.home, 'a-file')
    await writeFile(file, '')
    for (const [location, words] of [
      [join(daemon.home, 'no', 'such'), 'does not exist'],
      [file, 'not a folder'],
      [join(daemon.home, 'vms', vm.id), 'folders of VMs'],
      [join(daemon.home, 'vms', 'new'), 'folders of VMs'],
      [join(fast, other.id, 'layers'), '"holder"'],
      [`${fast}/../fast`, 'absolute path'],
      [join(daemon.home, 'x'.repeat(900)), '900 bytes'],
    ] as const) {
      await assert.rejects(set(vm, location), (error: Error) => error.message.includes(words), location)
    }
    assert.equal((await daemon.client.showVm('refused')).settings.checkpointLocation, null)
    await daemon.done(
      daemon.client.createVm({ name: 'born there', settings: { checkpointLocation: fast }, disks: [] }),
    )
  })

  for (const step of ['create:layers', 'create:close', 'merge:open', 'merge:copied', 'merge:close']) {
    it(`loses nothing when the daemon is killed at ${step}`, async () => {
      const { vm, first, second } = await placed(`crash ${step}`)
      assert.equal(await daemon.stop(), 0)
      await daemon.start({ STILLPOINT_FAILPOINT: `${step}=SIGKILL` })
      const operation = step.startsWith('create') ? vm.create('third') : vm.delete(first as never)
      await operation.catch(() => {}) // the daemon may end before it answers
      await daemon.ended()
      await daemon.start()
      await vm.settled()
      const left = (await daemon.client.listCheckpoints(vm.name)).map(({ id }) => id)
      if (step.startsWith('merge')) {
        assert.deepEqual(left, [second])
        vm.expected.delete(first as never)
      } else if (left.length > 2) {
        vm.expected.set(left[2] as never, vm.now)
      }
      await vm.verify(step)
      await vm.remove()
    })
  }

  it('that cannot be reached is written to by nobody, and is found again', async () => {
    const { vm, first } = await placed('away')
    await rename(fast, `${fast}-away`)
    await mkdir(fast, { mode: 0o700 }) // as a mount point is
    await assertRefused(daemon.home, ['checkpoint', 'create', 'away'], {
      code: 'vm_broken',
      names: ['away', fast],
    })
    await assert.rejects(vm.apply(first as never), { code: 'io_error', message: /Mount it again/ })
    await vm.delete(first as never) // takes the name away; its file stays until it can be reached
    assert.deepEqual(await readdir(fast), [])
    await rm(fast, { recursive: true })
    await rename(`${fast}-away`, fast)
    await vm.create('again')
    await vm.settled()
    await vm.verify('after it came back')
  })

  it('of another home is left alone', async () => {
    const { vm, second } = await placed('copied')
    const marker = join(fast, vm.id, 'stillpoint-home')
    assert.equal(await readFile(marker, 'utf8'), `${daemon.home}\n`)
    const files = await layersAt(vm)
    await writeFile(marker, '/another/home\n')
    await assert.rejects(vm.create('third'), { code: 'io_error', message: /another home/ })
    await daemon.done(daemon.client.deleteCheckpoint(vm.name, second, { subtree: false }))
    await vm.remove()
    assert.deepEqual(await layersAt(vm), files)
    await rm(join(fast, vm.id), { recursive: true })
  })

  it('is found by a rebuild of the inventory, and goes with its VM', async () => {
    const { vm } = await placed('rebuilt')
    const result = await cliDocument(daemon.home, ['inventory', 'rebuild', '--yes'])
    assert.deepEqual(result.problems, [])
    await vm.verify('after the rebuild')
    const { layers } = await vm.document()
    assert.ok(Object.values<Layer>(layers).some(({ file }) => file.startsWith(fast)))
    await vm.remove()
    await assert.rejects(stat(join(fast, vm.id)), { code: 'ENOENT' })
  })
})
