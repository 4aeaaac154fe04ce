import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { execa } from 'execa'
import type { CheckpointId, DiskId } from '../../src/core/ids.ts'
import { cliProgram } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { ImageVm } from '../fixtures/image-vm.ts'

const disk0 = 'disk0' as DiskId // the name of the first disk
const size = { disks: 1, blockBytes: 65_536, blocks: 16 }

/** Lines as an administrator types them into a shell, with its pipes and with what it makes of `$false`. */
describe('Cmdlets in a shell', () => {
  let daemon: TestDaemon
  let web01: ImageVm
  let web02: ImageVm
  let out: string

  before(async () => {
    daemon = await TestDaemon.start()
    out = await mkdtemp(join(tmpdir(), 'sp-out-'))
    web01 = await ImageVm.create(daemon, 'web01', size)
    web02 = await ImageVm.create(daemon, 'web02', size)
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await rm(out, { recursive: true, force: true })
  })

  async function shell(line: string) {
    const env = {
      STILLPOINT_HOME: daemon.home,
      STILLPOINT_ACCEL: 'tcg',
      STILLPOINT_LISTEN: 'none',
      PATH: `${dirname(cliProgram)}:${process.env.PATH}`,
    }
    const options = { env, reject: false, stdin: 'ignore' } as const
    const { exitCode, stdout, stderr } = await execa('sh', ['-c', line], options)
    return { exitCode, stdout, stderr }
  }

  async function succeeds(line: string): Promise<Record<string, unknown>[]> {
    const { exitCode, stdout, stderr } = await shell(line)
    assert.equal(exitCode, 0, `${line}: ${stderr}`)
    const lines = stdout.split('\n').filter((each) => each !== '')
    return lines.map((each) => JSON.parse(each))
  }

  const copyOf = (disks: ImageVm['now'] = new Map()) =>
    new Map([...disks].map(([id, each]) => [id, each.copy()] as const))
  /** The checkpoint holds what the VM holds now. */
  const expectNow = (vm: ImageVm, id: unknown) => vm.expected.set(id as CheckpointId, copyOf(vm.now))

  it('creates checkpoints of a list of VMs, and restores one of them', async () => {
    await web01.write(disk0, [{ how: 'pattern', from: 0, count: 4, byte: 1 }])
    const created = await succeeds(
      "stillpoint Checkpoint-VM -Name web01,WEB02 -SnapshotName 'Before patch' -Passthru",
    )
    assert.deepEqual(
      created.map(({ VMName, Name, SnapshotType }) => `${VMName} ${Name} ${SnapshotType}`),
      ['web01 Before patch Offline', 'web02 Before patch Offline'],
    )
    expectNow(web01, created[0]?.Id)
    expectNow(web02, created[1]?.Id)
    await web01.write(disk0, [{ how: 'pattern', from: 2, count: 8, byte: 2 }])
    const restore = "stillpoint Restore-VMCheckpoint -Name 'before PATCH' -VMName web01"
    const refused = await shell(restore)
    assert.equal(refused.exitCode, 2)
    assert.match(refused.stderr, /Nobody can be asked here: add -Confirm:\$false/)
    await web01.verify('nothing was restored yet')

    await succeeds(`${restore} -Confirm:$false`)
    const [discarded] = (await web01.document()).discarded
    assert.ok(discarded)
    web01.discarded.set(discarded.state.id, web01.now)
    web01.now = copyOf(web01.expected.get(created[0]?.Id as CheckpointId))
    await web01.settled()
    await web01.verify('the checkpoint was restored')
  })

  it('sets the policy of all VMs through a pipe', async () => {
    assert.deepEqual(
      await succeeds('stillpoint Get-VM | stillpoint Set-VM -CheckpointType ProductionOnly'),
      [],
    )
    const vms = await daemon.client.listVms()
    assert.deepEqual(
      vms.map(({ settings }) => settings.checkpointPolicy),
      ['ProductionOnly', 'ProductionOnly'],
    )
    const [one, ...others] = await succeeds(
      "stillpoint Get-VM 'web02' | stillpoint Set-VM -CheckpointType Standard -Passthru",
    )
    assert.deepEqual([one?.Name, one?.CheckpointType, others.length], ['web02', 'Standard', 0])
  })

  it('waits for jobs, and prints what they returned', async () => {
    const [made] = await succeeds(
      'stillpoint Checkpoint-VM web02 -SnapshotName Second -AsJob | stillpoint Wait-Job | stillpoint Receive-Job',
    )
    assert.deepEqual(
      [made?.VMName, made?.Name, made?.ParentCheckpointName],
      ['web02', 'Second', 'Before patch'],
    )
    expectNow(web02, made?.Id)
    await web02.verify('a checkpoint was created as a job')
  })

  it('removes the checkpoints that come through a pipe, and no others', async () => {
    const line = "stillpoint Get-VMCheckpoint '*' -Name Second | stillpoint Remove-VMSnapshot"
    const { stdout } = await shell(`${line} -WhatIf`)
    assert.equal(stdout, 'What if: Performing the operation "Remove-VMCheckpoint" on target "web02: Second".')
    await web02.verify('nothing was removed')
    const second = [...web02.expected.keys()].at(-1)
    assert.ok(second)
    await succeeds(`${line} -Confirm:$false`)
    web02.expected.delete(second)
    await web02.settled()
    await web02.verify('one was removed')
    await web01.verify('the other VM is as before')
  })

  it('exports a checkpoint, and imports it as another VM', async () => {
    await succeeds(`stillpoint Export-VMCheckpoint -Name 'Before patch' -VMName web01 -Path ${out}`)
    const folder = join(out, 'web01', 'Before patch')
    const found = await succeeds(
      `stillpoint Import-VM '${folder}' -Copy -GenerateNewId -Name web03 | stillpoint Get-VMCheckpoint`,
    )
    assert.deepEqual(
      found.map(({ VMName, Name }) => [VMName, Name]),
      [['web03', 'Before patch']],
    )
    await succeeds('stillpoint Remove-VM web03 -Force')
  })

  it('does not wait for input where none can come, and goes on after a target that fails', async () => {
    const missing = await shell('stillpoint Checkpoint-VM')
    assert.equal(missing.exitCode, 2)
    assert.match(missing.stderr, /missing mandatory parameters: Name\./)
    const some = await shell('printf "nope\\nweb01\\n" | stillpoint Set-VM -CheckpointType Standard')
    assert.equal(some.exitCode, 4)
    assert.match(some.stderr, /There is no VM "nope"/)
    assert.equal((await daemon.client.showVm('web01')).settings.checkpointPolicy, 'Standard')
    const none = await succeeds("stillpoint Get-VM 'x*' | stillpoint Remove-VM -Force")
    assert.deepEqual(none, [])
  })
})
