import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import type { CheckpointId } from '../../src/core/ids.ts'
import { qemuProcessesUnder } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { diskId } from '../fixtures/documents.ts'
import { ImageVm } from '../fixtures/image-vm.ts'

const MIB = 1024 * 1024
const size = { disks: 1, blockBytes: MIB, blocks: 256 }
const disk = diskId(0)

/** What is written before each checkpoint, in blocks of 1 MiB. */
const history = [
  { from: 0, count: 140 },
  { from: 100, count: 130 },
  { from: 5, count: 20 },
  { from: 60, count: 90 },
]

describe('A merge that is cut off half-way', () => {
  let daemon: TestDaemon
  let vm: ImageVm
  const ids: CheckpointId[] = []
  const id = (index: number) => ids[index] ?? assert.fail()

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await ImageVm.create(daemon, 'cut', size)
    for (const [index, { from, count }] of history.entries()) {
      await vm.write(disk, [{ how: 'pattern', from, count, byte: 0x41 + index }])
      ids.push(await vm.create(`checkpoint ${index}`))
    }
  })
  after(() => daemon[Symbol.asyncDispose]())

  /** Stops the process that merges when it has written some of the data; returns it and the task. */
  async function holdMerge(): Promise<{ pid: number; taskId: string }> {
    const pid = await pollUntil(
      () => {
        const [merging] = qemuProcessesUnder(daemon.home)
        if (!merging || writtenBytes(merging.pid) < 16 * MIB) return undefined
        process.kill(merging.pid, 'SIGSTOP')
        return merging.pid
      },
      { timeoutMs: 60_000, everyMs: 1, what: 'The first data of the merge' },
    )
    const [task] = (await daemon.client.listTasks({ vm: vm.name })).filter(({ kind }) => kind === 'merge')
    assert.equal(task?.state, 'running')
    return { pid, taskId: task.id }
  }

  it('by a cancel changes nothing that anybody reads, and the layer goes on waiting', async () => {
    await vm.delete(id(0))
    const { pid, taskId } = await holdMerge()
    await daemon.client.cancelTask(taskId)
    process.kill(pid, 'SIGCONT')
    assert.equal((await daemon.client.watchTask(taskId, () => {})).state, 'cancelled')
    assert.deepEqual(qemuProcessesUnder(daemon.home), [])
    assert.equal((await daemon.client.showVm(vm.name)).waitingMerges, 1)
    await vm.verify('after the cancel')
  })

  it('by a delete of another checkpoint lets that go first, and is done after it', async () => {
    await daemon.client.mergeVm(vm.name)
    const { pid, taskId } = await holdMerge()
    const deleting = vm.delete(id(2))
    await pollUntil(
      async () => {
        const tasks = await daemon.client.listTasks({ vm: vm.name })
        return tasks.find(
          ({ kind, message }) => kind === 'checkpoint.delete' && message.startsWith('waiting'),
        )
      },
      { timeoutMs: 60_000, everyMs: 5, what: 'The delete that waits for its turn' },
    )
    process.kill(pid, 'SIGCONT')
    await deleting
    const task = await daemon.client.watchTask(taskId, () => {})
    assert.equal(task.state, 'succeeded')
    assert.equal((task.result as { merged: number }).merged, 2)
    await vm.settled()
    await vm.verify('after both merges')
    assert.equal(Object.keys((await vm.document()).layers).length, 3)
  })

  it('by the end of the process that merges changes nothing, and is done again by itself', async () => {
    await vm.delete(id(1))
    const { pid, taskId } = await holdMerge()
    process.kill(pid, 'SIGKILL')
    assert.equal((await daemon.client.watchTask(taskId, () => {})).state, 'succeeded')
    await vm.settled()
    await vm.verify('after the merge')
    assert.equal(Object.keys((await vm.document()).layers).length, 2)
  })
})

function writtenBytes(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1] ?? 0)
}
