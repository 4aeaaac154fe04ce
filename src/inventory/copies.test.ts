import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asId, type VmId } from '../core/ids.ts'
import { CopyQueue } from './copies.ts'

const vm = (number: number) => asId<VmId>(`vm${number}`)
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Writes that end when they are told to. */
function heldWrites() {
  const begun: VmId[] = []
  const held = new Map<VmId, () => void>()
  const queue = new CopyQueue((vmId) => {
    begun.push(vmId)
    assert.ok(!held.has(vmId), 'two writes of the same file at once')
    return new Promise((resolve) => held.set(vmId, resolve))
  })
  const end = async (vmId: VmId) => {
    held.get(vmId)?.()
    held.delete(vmId)
    await turn()
  }
  return { queue, begun, held, end }
}

test('of a thousand copies that nobody waits for, four are written at a time, and all in the end', async () => {
  const { queue, begun, held, end } = heldWrites()
  for (let number = 0; number < 1000; number++) queue.request(vm(number))
  let isDone = false
  const all = queue.allSettled().then(() => {
    isDone = true
  })
  for (let number = 0; number < 1000; number++) {
    assert.equal(held.size, Math.min(4, 1000 - number))
    assert.ok(!isDone)
    await end([...held.keys()][0] ?? vm(0))
  }
  await all
  assert.equal(begun.length, 1000)
})

test('a copy that somebody waits for is begun at once', async () => {
  const { queue, begun, end } = heldWrites()
  for (let number = 0; number < 100; number++) queue.request(vm(number))
  const waited = queue.settled(vm(99))
  await turn()
  assert.equal(begun.at(-1), vm(99))
  await end(vm(99))
  await waited
})

test('a VM that changes while it waits is written once, and one that changes while it is written once more', async () => {
  const { queue, begun, end } = heldWrites()
  for (let number = 0; number < 5; number++) queue.request(vm(number))
  queue.request(vm(4))
  queue.request(vm(4))
  queue.request(vm(0))
  let isSettled = false
  const settled = queue.settled(vm(0)).then(() => {
    isSettled = true
  })
  await end(vm(0))
  assert.ok(!isSettled)
  for (let number = 1; number < 5; number++) await end(vm(number))
  await end(vm(0))
  await settled
  await queue.allSettled()
  assert.equal(begun.filter((vmId) => vmId === vm(4)).length, 1)
  assert.equal(begun.filter((vmId) => vmId === vm(0)).length, 2)
})

test('what is forgotten is not written any more, and what is being written is waited for', async () => {
  const { queue, begun, end } = heldWrites()
  for (let number = 0; number < 5; number++) queue.request(vm(number))
  queue.forget(vm(4))
  await queue.settled(vm(4))
  let isSettled = false
  const settled = queue.settled(vm(0)).then(() => {
    isSettled = true
  })
  await turn()
  assert.ok(!isSettled)
  for (let number = 0; number < 4; number++) await end(vm(number))
  await settled
  await queue.allSettled()
  assert.ok(!begun.includes(vm(4)))
})
