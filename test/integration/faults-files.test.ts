import assert from 'node:assert/strict'
import { copyFile, open, rename, rm, stat, truncate } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { LayerId } from '../../src/core/ids.ts'
import { KIB } from '../../src/core/units.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { Witness } from '../fixtures/witness.ts'

/**
 *   base ── middle ── Now        checkpoints: "first" = base, "second" = middle
 */
describe('With a damaged or missing file', () => {
  let daemon: TestDaemon
  let vm: GuestVm
  let other: GuestVm

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'files', { diskMiB: 32, settings: { checkpointPolicy: 'Standard' } })
    other = await GuestVm.create(daemon, 'other', { memoryMiB: 96, disks: 0 })
    await Promise.all([vm.boot(), other.boot()])
    await write('one')
    await create('first')
    await write('two')
    await create('second')
    await write('three')
  })
  after(() => daemon[Symbol.asyncDispose]())

  const write = (text: string) =>
    vm.run(`echo ${text} >/mnt/a/f; dd if=/dev/urandom of=/mnt/a/${text} bs=1M count=2; sync`)
  const read = () => vm.run('cat /mnt/a/f')
  const create = (name: string) => daemon.done(daemon.client.createCheckpoint('files', { name }))
  const apply = (name: string) => daemon.done(daemon.client.applyCheckpoint('files', name, { confirm: true }))
  const start = () => daemon.done(daemon.client.startVm('files'))
  const stop = () => daemon.done(daemon.client.stopVm('files', { force: true }))
  const checkpoint = async (name: string) => {
    const found = (await vm.document()).checkpoints.find((each) => each.name === name)
    assert.ok(found)
    return found
  }

  /** The file of the layer that the checkpoint "second" names. */
  async function middleFile(): Promise<string> {
    const { layers } = await vm.document()
    const [layerId] = Object.values<LayerId>((await checkpoint('second')).disks)
    const layer = layerId && layers[layerId]
    assert.ok(layer)
    return layer.file
  }

  const missing = (file: string) => ({ code: 'vm_broken', message: new RegExp(`"files".*${file}`, 's') })
  const isBroken = async (file: string) => {
    const { state, brokenReason } = await daemon.client.showVm('files')
    assert.equal(state, 'broken')
    assert.ok(brokenReason?.includes(file), brokenReason ?? 'no reason')
  }
  const otherGoesOn = () => other.nextHeartbeat()

  it('a running VM goes on when a layer is missing; a checkpoint is refused until it is back', async () => {
    const file = await middleFile()
    const witness = await Witness.of(vm, daemon.home)
    await rename(file, `${daemon.home}/away`)
    await assert.rejects(create('none'), missing(file))
    await vm.nextHeartbeat()
    assert.equal(await read(), 'three\n')
    await rename(`${daemon.home}/away`, file)
    await witness.assertUnchanged('the VM is as before')
    await create('third')
    await daemon.done(daemon.client.deleteCheckpoint('files', 'third', { subtree: false }))
    await daemon.settled('files')
  })

  it('a VM is broken without a layer, by its name, until that is back; other VMs go on', async () => {
    await vm.run('sync')
    await stop()
    const file = await middleFile()
    const witness = await Witness.of(vm, daemon.home)
    await rename(file, `${daemon.home}/away`)
    await assert.rejects(start(), missing(file))
    await isBroken(file)
    await otherGoesOn()
    await assert.rejects(create('none'), missing(file))
    await assert.rejects(apply('second'), missing(file))

    await daemon.kill()
    await daemon.start()
    await isBroken(file)
    await otherGoesOn()

    await rename(`${daemon.home}/away`, file)
    await start()
    assert.equal(await vm.state(), 'running')
    await stop()
    await witness.assertUnchanged('the VM is as before')
  })

  it('a checkpoint that does not need the missing layer is applied, and the VM is well', async () => {
    const file = await middleFile()
    await rename(file, `${daemon.home}/away`)
    await assert.rejects(start(), missing(file))
    await apply('first')
    assert.equal(await read(), 'one\n')
    const { state, brokenReason } = await daemon.client.showVm('files')
    assert.deepEqual([state, brokenReason], ['running', null])
    await assert.rejects(apply('second'), missing(file))
    assert.equal(await read(), 'one\n')
    await rename(`${daemon.home}/away`, file)
    await apply('second')
    assert.equal(await read(), 'two\n')
  })

  for (const [where, sizeOf] of [
    ['its header', () => 50],
    ['its tables', () => 130 * KIB],
    ['its data', (size: number) => size - 256 * KIB],
  ] as const) {
    it(`a layer that ends within ${where} is not used`, async () => {
      const file = await middleFile()
      const witness = await Witness.of(vm, daemon.home)
      const heartbeat = await vm.nextHeartbeat()
      await copyFile(file, `${daemon.home}/whole`)
      await truncate(file, sizeOf((await stat(file)).size))
      await assert.rejects(apply('second'), missing(file))
      assert.equal(await vm.state(), 'running')
      assert.ok((await vm.nextHeartbeat()) > heartbeat)
      await overwrite(file, `${daemon.home}/whole`)
      await witness.assertUnchanged('the VM is as before')
    })
  }

  // What is damaged within is met in memory-damage.test.ts.
  describe('a memory image', () => {
    let file: string
    let whole: string

    before(async () => {
      await apply('second')
      file = (await checkpoint('second')).memory?.file ?? ''
      whole = `${daemon.home}/memory`
      await copyFile(file, whole)
    })

    for (const [what, damage] of [
      ['that is missing', () => rm(file)],
      ['that is cut short', async () => truncate(file, (await stat(file)).size - 1)],
      [
        'that is of another checkpoint',
        async () => copyFile((await checkpoint('first')).memory?.file ?? '', file),
      ],
    ] as const) {
      it(`${what} is refused, and the guest that runs goes on`, async () => {
        const witness = await Witness.of(vm, daemon.home)
        const heartbeat = await vm.nextHeartbeat()
        const from = vm.console().length
        await damage()
        await assert.rejects(apply('second'), {
          code: 'memory_image_invalid',
          message: new RegExp(`"${file}"`),
        })
        assert.ok((await vm.nextHeartbeat()) > heartbeat)
        const beats = vm.heartbeats(from)
        assert.deepEqual(
          beats,
          beats.toSorted((a, b) => a - b),
          'it is the same guest',
        )
        assert.equal(await read(), 'two\n')
        await copyFile(whole, file)
        await witness.assertUnchanged('the VM is as before')
      })
    }

    it('that is whole again is loaded', async () => {
      await apply('second')
      assert.equal(await read(), 'two\n')
      await otherGoesOn()
    })
  })
})

/** Gives a file its content back in place, as it may be open. */
async function overwrite(file: string, whole: string): Promise<void> {
  const target = await open(file, 'r+')
  const source = await open(whole, 'r')
  await target.writeFile(await source.readFile())
  await source.close()
  await target.close()
}
