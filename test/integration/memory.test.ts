import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { execa } from 'execa'
import { qemuBackportFolder } from '../../tools/qemu-backport.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { applyHeld } from '../fixtures/held-load.ts'
import { MemoryVm } from '../fixtures/memory-vm.ts'

const write = (file: string) => `dd if=/dev/urandom of=/mem/${file} bs=1M count=3 2>/dev/null`

/** The memory of guests: what a checkpoint of it costs, what of it stays, and how it comes back. */
for (const { version, folder } of [
  { version: /^7\.|^10\./, folder: async () => null },
  { version: /^10\./, folder: qemuBackportFolder },
]) {
  describe(`The memory of a guest on QEMU ${version.source}`, () => {
    let daemon: TestDaemon
    let vm: MemoryVm

    before(async () => {
      const qemu = await folder()
      daemon = await TestDaemon.start(qemu === null ? {} : { STILLPOINT_QEMU: qemu })
      assert.match((await daemon.client.health()).qemuVersion ?? '', version)
      vm = await MemoryVm.boot(daemon, 'mem', 48, { memoryMiB: 192, diskMiB: 32 })
    })
    after(() => daemon[Symbol.asyncDispose]())

    const contents = () => vm.guest.run('cd /mem; for f in a b c d e; do [ ! -e $f ] || md5sum $f; done')
    const expected = new Map<string, string>()
    async function create(name: string) {
      expected.set(name, await contents())
      return await vm.create(name)
    }
    async function assertApplies(name: string): Promise<void> {
      assert.equal((await vm.apply(name)).memory?.mode, 'lazy')
      assert.equal(await contents(), expected.get(name), name)
      await vm.assertWhole(name)
    }
    const idOf = async (name: string) => (await daemon.client.showCheckpoint('mem', name)).id

    it('is stored once: a second checkpoint holds only what changed, and goes on from its instant', async () => {
      await vm.guest.run(write('a'))
      const first = await create('A')
      assert.equal(first.record.captureReason, null)
      const before = await vm.guest.nextHeartbeat()
      const second = await create('idle')
      const after = vm.guest.heartbeats().at(-1) ?? 0
      const [all = 0, changed = 0] = [first.memoryBytes ?? 0, second.memoryBytes ?? 0]
      assert.ok(all > 48_000_000 && changed > 0)
      assert.ok(changed <= all / 20, `${changed} of ${all} bytes were stored again`)
      await vm.guest.run('rm /mem/a; dd if=/dev/zero of=/mem/fill bs=1M count=8 conv=notrunc')
      const from = vm.guest.console().length
      await assertApplies('idle')
      const beat = await vm.firstHeartbeatAfterApply(from)
      assert.ok(beat > before && beat <= after + 1, `${beat} is not from ${before} to ${after}`)
      const printed = vm.guest.console().slice(0, from)
      assert.match(printed, new RegExp(`^hb ${beat - 1} `, 'm'), 'nothing was skipped')
    })

    it('is there for the guest that touches it, while the rest of it is on its way', async () => {
      const load = await applyHeld(vm, 'A')
      assert.equal(load.applied.memory?.mode, 'lazy')
      const reading = vm.guest.run('md5sum </mem/a; md5sum </mem/fill', 300_000)
      load.letGo()
      const seen: string[] = []
      for (let isRead = false; !isRead; ) {
        const { state, status, memoryResidentPercent } = await daemon.client.showVm('mem')
        if (memoryResidentPercent !== null) {
          assert.equal(state, 'running')
          assert.equal(status, `Memory ${memoryResidentPercent}% resident`)
          assert.ok(memoryResidentPercent < 100)
          seen.push(status)
        } else isRead = true
      }
      assert.ok(seen.length > 0)
      assert.equal(await reading, await vm.guest.run('md5sum </mem/a; md5sum </mem/fill'))
      await vm.assertWhole()
      await vm.resident()
    })

    it('stays as long as a checkpoint needs it, whichever are deleted, and no longer', async () => {
      await vm.remove('idle')
      await vm.apply('A')
      const idA = await idOf('A')
      assert.deepEqual(await vm.keptImages(), [])
      await vm.guest.run(write('b'))
      await create('B')
      const idB = await idOf('B')
      await vm.guest.run(write('c'))
      await create('C')
      await vm.apply('A')
      await vm.guest.run(write('d'))
      await create('D')
      await vm.guest.run(write('e'))
      await create('E')

      await vm.remove('D', true)
      assert.deepEqual(await vm.keptImages(), [], 'a branch that nobody needs is gone')
      await vm.remove('A')
      assert.deepEqual(await vm.keptImages(), [idA])
      for (const name of ['C', 'B']) await assertApplies(name)
      await vm.remove('B')
      assert.deepEqual(await vm.keptImages(), [idA, idB])
      await assertApplies('C')
      await vm.guest.run(write('e'))
      await create('below C')
      await daemon.settled('mem')
      await assertApplies('C')
      await assertApplies('below C')
      await vm.resident()
      await vm.remove('C', true)
      assert.deepEqual(await vm.keptImages(), [])
      assert.deepEqual((await vm.guest.document()).checkpoints, [])
      await vm.assertWhole('and the guest has all of it')
      await daemon.settled('mem')
    })
  })

  describe(`On QEMU ${version.source} without a right that saving and loading behind the guest takes`, () => {
    let programs: string
    let daemon: TestDaemon
    let vm: MemoryVm

    before(async () => {
      programs = await withoutUserfaults(await folder())
      daemon = await TestDaemon.start({ STILLPOINT_QEMU: programs })
      vm = await MemoryVm.boot(daemon, 'plain', 20, { memoryMiB: 128, diskMiB: 32 })
    })
    after(async () => {
      await daemon[Symbol.asyncDispose]()
      await rm(programs, { recursive: true })
    })

    it('a checkpoint stops the guest, an apply loads all first, both say why, and nothing is lost', async () => {
      const before = await vm.guest.nextHeartbeat()
      const { record } = await vm.create('stopped')
      const after = vm.guest.heartbeats().at(-1) ?? 0
      assert.match(record.captureReason ?? '', /background-snapshot|userfault|UFFD|write-tracking/i)
      assert.ok((record.pauseMs ?? 0) > 0)
      const [made] = (await vm.guest.document()).checkpoints
      assert.equal(made?.memory?.capture, 'stopped')
      await vm.guest.run('dd if=/dev/zero of=/mem/fill bs=1M count=8 conv=notrunc')
      const from = vm.guest.console().length
      const { memory } = await vm.apply('stopped')
      assert.equal(memory?.mode, 'eager')
      assert.match(memory?.reason ?? '', /postcopy|userfault/i)
      const beat = await vm.firstHeartbeatAfterApply(from)
      assert.ok(beat > before && beat <= after + 1, `${beat} is not from ${before} to ${after}`)
      assert.equal((await vm.guest.document()).instance?.loading, null)
      await vm.assertWhole()
      const { memoryBytes } = await vm.create('again')
      assert.ok((memoryBytes ?? 0) < 4_000_000, 'and what is the same is not stored again')
      await vm.apply('again')
      await vm.assertWhole()
    })
  })
}

/** A folder of QEMU's programs, of which the one for guests may not use userfaultfd. */
async function withoutUserfaults(qemu: string | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sp-programs-'))
  const { stdout } = await execa('which', ['qemu-img'])
  const real = qemu ?? stdout.replace(/\/qemu-img$/, '')
  for (const program of ['qemu-img', 'qemu-storage-daemon']) {
    await writeFile(join(folder, program), `#!/bin/sh\nexec "${real}/${program}" "$@"\n`)
    await chmod(join(folder, program), 0o755)
  }
  const script = `#!/bin/sh
[ "$(id -u)" = 0 ] || exec "${real}/qemu-system-x86_64" "$@"
exec unshare --mount -- sh -c '[ ! -e /dev/userfaultfd ] || mount --bind /dev/null /dev/userfaultfd
  exec setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace "$0" "$@"' "${real}/qemu-system-x86_64" "$@"
`
  await writeFile(join(folder, 'qemu-system-x86_64'), script)
  await chmod(join(folder, 'qemu-system-x86_64'), 0o755)
  return folder
}
