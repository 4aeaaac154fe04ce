import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { TaskView } from '../../src/contract/task.ts'
import { FaultBench } from '../fixtures/fault-bench.ts'
import { type Cell, mergedWith, reliabilityPage } from '../fixtures/reliability-page.ts'

interface Operation {
  readonly name: string
  /** The durable step at which the fault comes, or what is to be seen then. */
  readonly step: string | (() => boolean)
  /** What has to be there for it. */
  prepare?(): Promise<unknown>
  run(): Promise<TaskView>
  /** What it is to remove when it succeeds. */
  readonly removes?: RegExp
  /** Whether it took place, in words. */
  result(): Promise<string>
  /** The guest agent takes part: set the policy by which it does. */
  readonly withAgent?: boolean
}

const page = new URL('../../docs/reliability.md', import.meta.url)

/**
 * Each operation is stopped in its middle, something fails, and it goes on. What comes of it fills the page; that
 * nothing is lost is required of every cell.
 */
describe('Faults in the middle of operations', () => {
  let bench: FaultBench
  const cells: Cell[] = []

  before(async () => {
    bench = await FaultBench.open()
  })
  after(() => bench[Symbol.asyncDispose]())

  const client = () => bench.daemon.client
  const marker = () => bench.first.run('cat /mnt/a/f')
  const make = (name: string) => bench.daemon.done(client().createCheckpoint('one', { name }))
  const has = async (name: string) => (await bench.checkpoints(bench.first)).includes(name)

  const exported = () => join(bench.volume.folder, 'export')

  const operations: readonly Operation[] = [
    {
      name: 'create',
      step: 'create:switching',
      withAgent: true,
      run: () => client().createCheckpoint('one', { name: 'new' }),
      result: async () => ((await has('new')) ? 'the checkpoint is made' : 'no checkpoint is made'),
    },
    {
      name: 'apply',
      step: 'apply:loaded',
      withAgent: true,
      prepare: () => bench.first.run('echo now >/mnt/a/f; sync'),
      run: () => client().applyCheckpoint('one', 'base', { confirm: true }),
      result: async () => {
        if ((await bench.first.state()) !== 'running') return 'the VM is as it was, and off'
        return (await marker()) === 'base\n' ? 'the VM is put back' : 'the VM is as it was'
      },
    },
    {
      name: 'undo',
      step: 'apply:loaded',
      withAgent: true,
      async prepare() {
        await bench.first.run('echo work >/mnt/a/f; sync')
        await client().updateVm('one', { settings: { undoHours: 24 } })
        await bench.daemon.done(client().applyCheckpoint('one', 'base', { confirm: true }))
        await bench.daemon.settled('one')
      },
      run: () => client().undoApply('one', { stateId: null, confirm: true }),
      async result() {
        const { undo } = await client().showVm('one')
        if (!undo) return 'what was discarded is back'
        assert.equal(undo.consistency, 'exact-memory')
        return 'the VM is as it was, and what was discarded is still kept'
      },
    },
    {
      name: 'delete',
      step: 'document:put',
      async prepare() {
        await make('middle')
        await make('last')
      },
      run: () => client().deleteCheckpoint('one', 'middle', { subtree: false }),
      removes: /\/middle\//,
      result: async () => ((await has('middle')) ? 'the checkpoint is left' : 'the checkpoint is deleted'),
    },
    {
      name: 'merge',
      step: 'merge:open',
      async prepare() {
        await bench.first.run('dd if=/dev/urandom of=/mnt/a/big bs=1M count=4; sync')
        await make('middle')
        await bench.first.run('dd if=/dev/urandom of=/mnt/a/small bs=64k count=1; sync')
        await make('last')
      },
      run: () => client().deleteCheckpoint('one', 'middle', { subtree: false }),
      removes: /\/middle\//,
      async result() {
        await bench.daemon.settled('one')
        return 'the layers are merged'
      },
    },
    {
      name: 'export',
      step: () => existsSync(exported()) && readdirSync(exported()).length > 0,
      run: () => client().exportCheckpoint('one', 'base', { folder: exported() }),
      async result() {
        const whole = await readFile(join(exported(), 'export.json')).then(
          () => true,
          () => false,
        )
        return whole ? 'the export is whole' : 'there is no export; the folder says that it is not one'
      },
    },
    {
      name: 'group',
      step: 'create:switching',
      withAgent: true,
      async prepare() {
        await client()
          .createGroup({ name: 'pair', vms: ['one', 'two'] })
          .catch(() => {}) // it is there already
      },
      run: () => client().createGroupCheckpoint('pair', { name: 'new' }),
      async result() {
        const both = await Promise.all(bench.vms.map((vm) => bench.checkpoints(vm)))
        const count = both.filter((names) => names.includes('new')).length
        assert.ok(count === 0 || count === 2, 'all have the checkpoint, or none')
        return count === 2 ? 'all have the checkpoint' : 'none has the checkpoint'
      },
    },
  ]

  interface Fault {
    readonly name: string
    /** What fails while the operation stands in its middle. False: it takes no part in this operation. */
    inject(): Promise<boolean>
    /** What has to be done before anything else works. */
    heal(): Promise<unknown>
    readonly healing: string
    /** The daemon goes on after it, and says how the operation ended. */
    readonly daemonLives: boolean
  }

  const faults: readonly Fault[] = [
    {
      name: 'daemon killed',
      async inject() {
        await bench.daemon.kill()
        return true
      },
      heal: () => bench.daemon.start(),
      healing: 'when the daemon starts again',
      daemonLives: false,
    },
    {
      name: 'QEMU killed',
      async inject() {
        await bench.killQemu([bench.first])
        return true
      },
      heal: async () => {},
      healing: 'by itself; a VM that is off is started again',
      daemonLives: true,
    },
    {
      name: 'memory process killed',
      inject: async () => bench.killHelpers() > 0,
      heal: async () => {},
      healing: 'by itself',
      daemonLives: true,
    },
    {
      name: 'disk full',
      async inject() {
        await bench.volume.fill()
        return true
      },
      heal: () => bench.afterFullDisk(),
      healing: 'once there is space; a guest that had to stop is resumed',
      daemonLives: true,
    },
    {
      name: 'I/O error',
      async inject() {
        await bench.volume.fail()
        return true
      },
      heal: () => bench.afterStorageFailure(),
      healing: 'when the storage works and the daemon starts again',
      daemonLives: true,
    },
    {
      name: 'power loss',
      async inject() {
        await bench.volume.fail() // what was not synced by now is lost
        await bench.daemon.kill()
        return true
      },
      heal: () => bench.afterStorageFailure(),
      healing: 'when the daemon starts again',
      daemonLives: false,
    },
  ]

  for (const operation of operations) {
    for (const fault of faults) {
      it(`${operation.name}, ${fault.name}`, async () => {
        await bench.reset()
        await rm(exported(), { recursive: true, force: true })
        await operation.prepare?.()
        await bench.daemon.settled('one')
        const before = await bench.contents()
        const { outcome } = await bench.begin(operation.run, operation.step)
        let takesPart = false
        try {
          takesPart = await fault.inject()
        } finally {
          if (fault.daemonLives) bench.goOn()
        }
        // Whoever waits for a task waits for a daemon that is gone, too.
        if (!fault.daemonLives) await fault.heal()
        const ended = await outcome
        if (fault.daemonLives) await fault.heal()
        await bench.requireOrder()
        const result = await operation.result()
        await requireNothingLost(before, operation.removes)
        cells.push({
          operation: operation.name,
          fault: fault.name,
          sees: takesPart ? await seen(ended, fault.daemonLives) : null,
          left: await left(result),
          heals: fault.healing,
        })
      })
    }

    it(`${operation.name}, agent silent`, async () => {
      await bench.reset()
      await operation.prepare?.()
      if (operation.withAgent)
        await client().updateVm('one', { settings: { checkpointPolicy: 'Production' } })
      const before = await bench.contents()
      await bench.silenceAgent()
      const [ended = assert.fail()] = await Promise.allSettled([bench.daemon.done(operation.run())])
      await bench.requireOrder()
      await requireNothingLost(before, operation.removes)
      cells.push({
        operation: operation.name,
        fault: 'agent silent',
        sees: operation.withAgent ? await seen(ended, true) : null,
        left: ended.status === 'fulfilled' ? 'it is done' : 'all is as it was',
        heals: 'nothing to heal',
      })
    })
  }

  it('are the page of the documentation', async () => {
    const present = await readFile(page, 'utf8')
    const { cells: merged, news } = mergedWith(present, cells)
    const text = reliabilityPage(merged)
    if (process.env.STILLPOINT_UPDATE === '1') return await writeFile(page, text)
    const remedy = 'STILLPOINT_UPDATE=1 npm test -- reliability writes the page anew'
    assert.deepEqual(news, [], `the page does not know these outcomes; ${remedy}`)
    assert.equal(present, text, remedy)
  })

  async function requireNothingLost(before: ReadonlyMap<string, string>, removes?: RegExp): Promise<void> {
    const now = await bench.contents()
    for (const [name, hash] of before) {
      const isGone = removes?.test(name) && !now.has(name)
      if (!isGone) assert.equal(now.get(name), hash, `${name} reads as before`)
    }
  }

  /** What the user is told. A daemon that dies tells nothing; what it did is on record as interrupted. */
  async function seen(ended: PromiseSettledResult<TaskView>, daemonLives: boolean): Promise<string> {
    if (!daemonLives) {
      const [task] = await client()
        .listTasks({ limit: 20 })
        .then((tasks) => tasks.filter(({ kind }) => kind !== 'merge'))
      return task?.state === 'succeeded' ? 'it has succeeded' : `\`${task?.error?.code}\``
    }
    if (ended.status === 'fulfilled') return 'it succeeds'
    const { code, message } = ended.reason as { code: string; message: string } // a StillpointError
    assert.ok(message.length > 20, message)
    assert.notEqual(code, 'internal', message)
    return `\`${code}\``
  }

  async function left(result: string): Promise<string> {
    const state = await bench.first.state()
    return `${result}; the VM ${state === 'running' ? 'runs' : `is ${state}`}`
  }
})
