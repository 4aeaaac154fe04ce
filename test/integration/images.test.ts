import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { CheckpointId } from '../../src/core/ids.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { ImageVm, type Write } from '../fixtures/image-vm.ts'
import { Random } from '../fixtures/random.ts'

const size = { disks: 2, blockBytes: 4096, blocks: 512 }
const operations = 20
const mostBlocks = 768
const seeds = [1, 2, Math.floor(Math.random() * 2 ** 31)]

/**
 * Random histories on real images, through a real daemon. What each checkpoint must hold is kept as a
 * plain copy; it is compared with what the images show, by the headers that QEMU wrote. A merge that an
 * operation or a cancel cuts off is part of the history.
 */
describe('Random histories of a VM that is off', () => {
  let daemon: TestDaemon
  before(async () => {
    daemon = await TestDaemon.start()
  })
  after(() => daemon[Symbol.asyncDispose]())

  for (const [index, seed] of seeds.entries()) {
    it(`leave every checkpoint and Now as they must be (history ${index + 1})`, async (t: TestContext) => {
      t.diagnostic(`seed ${seed}`)
      const vm = await ImageVm.create(daemon, `history-${index}`, size)
      const random = new Random(seed)
      for (let step = 0; step < operations; step++) await act(vm, random, `seed ${seed}, step ${step}`)
      await vm.settled()
      await vm.verify(`seed ${seed}, at the end`)
      await deleteAll(vm, random, seed)
      await vm.remove()
    })
  }
})

async function act(vm: ImageVm, random: Random, what: string): Promise<void> {
  const checkpoint = random.pick([...vm.expected.keys()])
  const dice = random.below(100)
  if (checkpoint === undefined || dice < 40) await writeAndCreate(vm, random, what)
  else if (dice < 56) await vm.apply(checkpoint)
  else if (dice < 64) await undoOne(vm, random)
  else await vm.delete(checkpoint, dice >= 92)
  await interfere(vm, random, what)
}

async function undoOne(vm: ImageVm, random: Random): Promise<void> {
  const { discarded } = await vm.document()
  const picked = random.pick(discarded)
  if (picked) await vm.undo(picked.state.id)
}

async function writeAndCreate(vm: ImageVm, random: Random, what: string): Promise<void> {
  await vm.idle() // a merge has the images open
  if (random.chance(30)) await changeHardware(vm, random)
  for (const [disk, { blocks }] of vm.now) {
    if (random.chance(75))
      await vm.write(
        disk,
        Array.from({ length: 3 }, () => randomWrite(random, blocks)),
      )
  }
  if (random.chance(85)) await vm.create(what)
}

/** A disk grows, or one comes or goes: what an apply has to take back. */
async function changeHardware(vm: ImageVm, random: Random): Promise<void> {
  const disk = random.pick([...vm.now.keys()])
  const blocks = (disk && vm.now.get(disk)?.blocks) ?? 0
  if (disk === undefined || (vm.now.size < 3 && random.chance(40))) {
    await vm.addDisk(size.blockBytes, size.blocks)
  } else if (vm.now.size > 2) {
    await vm.removeDisk(disk)
  } else if (blocks < mostBlocks) {
    await vm.growDisk(disk, blocks + 1 + random.below(mostBlocks - blocks))
  }
}

function randomWrite(random: Random, blocks: number): Write {
  const from = random.below(blocks)
  const count = 1 + random.below(Math.min(64, blocks - from))
  const how = random.pick(['pattern', 'pattern', 'pattern', 'zero', 'unmap'] as const) ?? 'pattern'
  return { how, from, count, byte: 1 + random.below(255) }
}

/** After an operation: go on at once, or cancel what merges, or wait for it; the latter two with a look at everything. */
async function interfere(vm: ImageVm, random: Random, what: string): Promise<void> {
  if (random.chance(45)) return
  if (random.chance(30)) {
    await vm.cancelMerge()
  } else {
    await vm.settled()
  }
  await vm.verify(what)
}

async function deleteAll(vm: ImageVm, random: Random, seed: number): Promise<void> {
  for (let left: CheckpointId[] = [...vm.expected.keys()]; left.length > 0; left = [...vm.expected.keys()]) {
    const checkpoint = random.pick(left)
    assert.ok(checkpoint)
    await vm.delete(checkpoint)
    if (left.length % 3 !== 0) continue
    await vm.settled()
    await vm.verify(`seed ${seed}, deleting`)
  }
  await vm.forget()
  await vm.settled()
  await vm.verify(`seed ${seed}, without checkpoints`)
  assert.deepEqual(await vm.failedTasks(), [])
  const { layers, hardware } = await vm.document()
  assert.equal(Object.keys(layers).length, hardware.disks.length, 'one layer is left for each disk')
}
