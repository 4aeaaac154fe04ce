import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import type { CheckpointId, DiskId, LayerId } from '../../src/core/ids.ts'
import type { Layer } from '../../src/disk/layer.ts'
import { processStartOf } from '../../src/hypervisor/qemu/process.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { diskId } from '../fixtures/documents.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { contentOf, strayFiles } from '../fixtures/images.ts'
import { PatternDisk } from '../fixtures/pattern-disk.ts'

const diskMiB = 32
const blockBytes = 65_536
const logDisk = diskId(0)
const patternDisk = diskId(1)

/**
 * One running guest. Its second disk has no file system: patterns are written straight into it, so that
 * every byte of every checkpoint is known. Its first disk is written to all the time, by a process that
 * goes on whatever is applied; of that the checkpoints must not change. All merges are live.
 *
 *   A ── B ── C          deletes: B (off the running chain, one child), D (several children), A (root),
 *   └── D ── E           C (leaf), E (leaf), F (Now hangs under it)
 *       └── F ── Now
 */
describe('Merges under a running guest', () => {
  let daemon: TestDaemon
  let vm: GuestVm
  let now = new PatternDisk(blockBytes, (diskMiB * 1024 * 1024) / blockBytes)
  const expected = new Map<string, PatternDisk>()
  const ids = new Map<string, CheckpointId>()
  /** Of each checkpoint, what it held of the first disk when it was made. */
  const logContents = new Map<string, string>()

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.create(daemon, 'live', {
      memoryMiB: 96,
      diskMiB: 16,
      emptyDiskMiB: diskMiB,
      settings: { checkpointPolicy: 'Standard', undoHours: 0 },
    })
    await vm.boot()
    // Ten lines a second: a guest that is busy all the time would make everything else slow.
    await vm.run('while :; do echo line; sync; sleep 0.1; done </dev/null >/mnt/a/log 2>&1 &')
  })
  after(() => daemon[Symbol.asyncDispose]())

  async function write(from: number, count: number, byte: number): Promise<void> {
    const octal = byte.toString(8).padStart(3, '0')
    await vm.run(
      `dd if=/dev/zero bs=${blockBytes} count=${count} 2>/dev/null | tr '\\0' '\\${octal}' | dd of=/dev/vdb bs=${blockBytes} seek=${from} conv=notrunc,fsync iflag=fullblock 2>/dev/null`,
    )
    now.fill(from, count, byte)
  }

  async function create(name: string): Promise<void> {
    const task = await daemon.done(daemon.client.createCheckpoint('live', { name }))
    const { id, kind } = task.result as { id: CheckpointId; kind: string } // a CheckpointView
    assert.equal(kind, 'standard')
    ids.set(name, id)
    expected.set(name, now.copy())
    logContents.set(name, await contentOf(await layerOf(name, logDisk), daemon.home))
  }

  async function apply(name: string): Promise<void> {
    await daemon.done(daemon.client.applyCheckpoint('live', name, { confirm: true }))
    now = expected.get(name)?.copy() ?? assert.fail()
    await vm.nextHeartbeat()
  }

  /** Deletes, waits for what has to be merged, and compares everything. Returns the layers before and after. */
  async function remove(name: string): Promise<{ before: string[]; after: string[] }> {
    const before = await layerNames()
    await daemon.done(daemon.client.deleteCheckpoint('live', name, { subtree: false }))
    expected.delete(name)
    await daemon.settled('live')
    await verify(`without ${name}`)
    return { before, after: await layerNames() }
  }

  const layersOf = async (disk: string) =>
    Object.values<Layer>((await vm.document()).layers).filter((layer) => layer.diskId === disk)
  const layerNames = async () => (await layersOf(patternDisk)).map(({ id }) => id).sort()

  async function layerOf(name: string, disk: DiskId): Promise<Layer> {
    const { checkpoints, layers } = await vm.document()
    const id: LayerId | undefined = checkpoints.find((checkpoint) => checkpoint.name === name)?.disks[disk]
    const layer = id && layers[id]
    assert.ok(layer)
    return layer
  }

  /** All checkpoints hold what they must, no file is lost or left over, and the guest runs and writes. */
  async function verify(what: string): Promise<void> {
    const document = await vm.document()
    assert.deepEqual(document.checkpoints.map(({ name }) => name).sort(), [...expected.keys()].sort())
    for (const { name } of document.checkpoints) {
      const pattern = await contentOf(await layerOf(name, patternDisk), daemon.home)
      assert.equal(pattern, expected.get(name)?.sha256(), `${what}: ${name} differs`)
      const log = await contentOf(await layerOf(name, logDisk), daemon.home)
      assert.equal(log, logContents.get(name), `${what}: ${name} changed`)
    }
    assert.deepEqual(await strayFiles(document, join(daemon.home, 'vms', vm.id)), [], what)
    assert.equal(await vm.state(), 'running')
    await guestWrites()
  }

  /** The process in the guest that writes all the time has got on. */
  async function guestWrites(): Promise<void> {
    const lines = async () => Number(await vm.run('wc -l </mnt/a/log'))
    const before = await lines()
    await pollUntil(async () => ((await lines()) > before ? true : undefined), {
      timeoutMs: 30_000,
      everyMs: 20,
      what: 'A line more in the log of the guest',
    })
  }

  /** What the guest itself reads, around its own cache. */
  async function guestReads(): Promise<string> {
    const answer = await vm.run('echo 3 >/proc/sys/vm/drop_caches; sha256sum /dev/vdb', 120_000)
    return answer.split(' ')[0] ?? ''
  }

  it('grow a tree of checkpoints with known bytes', async () => {
    await write(0, 100, 0x41)
    await create('A')
    await write(50, 100, 0x42)
    await create('B')
    await write(120, 200, 0x43)
    await create('C')
    await write(480, 20, 0x7f)
    await apply('A')
    await write(300, 60, 0x44)
    await create('D')
    await write(330, 60, 0x45)
    await create('E')
    await apply('D')
    assert.equal(await guestReads(), now.sha256(), 'the guest reads what it had at D')
    await write(340, 100, 0x46)
    await create('F')
    await write(450, 50, 0x47)
    await verify('in the full tree')
  })

  it('merge a branch that the guest does not use', async () => {
    const { before, after } = await remove('B')
    assert.equal(after.length, before.length - 1)
  })

  it('copy nothing where several layers stand on the one that lost its checkpoint', async () => {
    const blocks = async () => (await layersOf(patternDisk)).length
    const before = await blocks()
    const d = await remove('D')
    assert.deepEqual(d.after, d.before)
    const a = await remove('A')
    assert.deepEqual(a.after, a.before)
    assert.equal(await blocks(), before)
    const merges = (await daemon.client.listTasks({ vm: 'live' })).filter(({ kind }) => kind === 'merge')
    assert.equal(merges.length, 1, 'the one of B')
  })

  it('merge the base with the layer over it when the other branch is gone', async () => {
    const { before, after } = await remove('C')
    assert.equal(after.length, before.length - 2)
  })

  it('merge in the middle of the running chain', async () => {
    const { before, after } = await remove('E')
    assert.equal(after.length, before.length - 2)
  })

  it('merge what the guest writes to, and it goes on writing', async () => {
    await write(460, 5, 0x48)
    const { after } = await remove('F')
    assert.equal(after.length, 1)
    await write(462, 5, 0x49)
    assert.equal(await guestReads(), now.sha256())
    assert.equal((await layersOf(logDisk)).length, 1)
  })

  it('survive the end of QEMU right after one', async () => {
    await create('G')
    await write(0, 30, 0x4a)
    await remove('G')
    const pid = await vm.pid()
    process.kill(pid, 'SIGKILL')
    await pollUntil(async () => ((await vm.state()) === 'off' ? true : undefined), {
      timeoutMs: 30_000,
      everyMs: 10,
      what: 'The end of the VM',
    })
    const [layer, ...others] = await layersOf(patternDisk)
    assert.ok(layer && others.length === 0)
    assert.equal(await contentOf(layer, daemon.home), now.sha256())
  })

  it('lose nothing that the guest wrote after a switch, when QEMU ends before the memory is saved', async () => {
    await vm.boot()
    await daemon.stop()
    await daemon.start({ STILLPOINT_FAILPOINT: 'create:switched=SIGSTOP' })
    await write(100, 10, 0x4b)
    const task = await daemon.client.createCheckpoint('live', { name: 'never' })
    await pollUntil(() => (stateOf(daemon.pid) === 'T' ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 5,
      what: 'The daemon standing still after the switch',
    })
    await write(105, 10, 0x4c)
    const pid = await vm.pid()
    process.kill(pid, 'SIGKILL')
    await pollUntil(() => (processStartOf(pid) === null ? true : undefined), {
      timeoutMs: 30_000,
      everyMs: 5,
      what: 'The end of QEMU',
    })
    process.kill(daemon.pid, 'SIGCONT')
    assert.equal((await daemon.client.watchTask(task.id, () => {})).state, 'failed')
    await pollUntil(async () => ((await vm.state()) === 'off' ? true : undefined), {
      timeoutMs: 30_000,
      everyMs: 10,
      what: 'The end of the VM',
    })
    await vm.boot()
    assert.equal(await guestReads(), now.sha256())
    await daemon.settled('live')
    await daemon.done(daemon.client.stopVm('live'))
    const [layer, ...others] = await layersOf(patternDisk)
    assert.ok(layer && others.length === 0)
    assert.equal(await contentOf(layer, daemon.home), now.sha256())
    assert.deepEqual((await vm.document()).checkpoints, [])
  })
})

/** The kernel's letter for the state of a process; `T` is stopped by a signal. */
function stateOf(pid: number): string {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? ''
}
