import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestDaemon } from '../fixtures/daemon.ts'
import { diskId } from '../fixtures/documents.ts'
import { ImageVm } from '../fixtures/image-vm.ts'

describe('A checkpoint that is renamed', () => {
  let daemon: TestDaemon
  let vm: ImageVm
  before(async () => {
    daemon = await TestDaemon.start()
    vm = await ImageVm.create(daemon, 'names', { disks: 2, blockBytes: 4096, blocks: 64 })
  })
  after(() => daemon[Symbol.asyncDispose]())

  it('while other things are done with its VM keeps its new name', async () => {
    await vm.write(diskId(0), [{ how: 'pattern', from: 0, count: 10, byte: 0x41 }])
    const id = await vm.create('before')
    const spare: (typeof id)[] = []
    for (let round = 0; round < 6; round++) {
      const name = `after ${round}`
      const work = [
        () => vm.apply(id),
        async () => void spare.push(await vm.create(`spare ${round}`)),
        () => vm.delete(spare.pop() ?? id),
      ]
      const working = work[round % work.length]?.()
      await daemon.client.updateCheckpoint(vm.name, id, { name, notes: name })
      assert.equal((await daemon.client.showCheckpoint(vm.name, id)).name, name)
      await working
      const { name: kept, notes } = await daemon.client.showCheckpoint(vm.name, id)
      assert.deepEqual([kept, notes], [name, name])
    }
    await vm.settled()
    await vm.verify('at the end')
    assert.equal((await daemon.client.showCheckpoint(vm.name, 'AFTER 5')).id, id)
  })
})
