import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { CheckpointView } from '../../src/contract/checkpoint.ts'
import { guardFindingsSchema } from '../../src/contract/guard.ts'
import { pollUntil } from '../../src/core/deadline.ts'
import { isStillpointError } from '../../src/core/error.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'
import { ImageVm } from '../fixtures/image-vm.ts'

/** Something by the name of a database that listens on its port. */
const beADatabase = `
  printf '#!/bin/sh\\nwhile :; do nc -l -p 5432; done\\n' >/tmp/postgres
  chmod +x /tmp/postgres
  (/tmp/postgres >/dev/null 2>&1 &)
  until grep -q ':1538 .* 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null; do sleep 0.05; done`
const found = /^PostgreSQL \("postgres" runs, port 5432 is open\)$/

describe('The guards of a VM', () => {
  let daemon: TestDaemon
  let vm: GuestVm

  before(async () => {
    daemon = await TestDaemon.start()
    const settings = { checkpointPolicy: 'Standard' } as const
    vm = await GuestVm.create(daemon, 'db', { memoryMiB: 96, diskMiB: 16, settings })
    await vm.boot()
    await vm.run('true') // its agent is there
  })
  after(() => daemon[Symbol.asyncDispose]())

  type Guards = NonNullable<Parameters<typeof daemon.client.updateVm>[1]['settings']>['guards']
  const set = (guards: Guards) => daemon.client.updateVm('db', { settings: { guards } })
  const create = async (name: string, confirmGuards?: boolean) => {
    const started = daemon.client.createCheckpoint('db', { name, confirmGuards })
    return (await daemon.done(started)).result as CheckpointView
  }
  const apply = (name: string, confirmGuards?: boolean) =>
    daemon.done(daemon.client.applyCheckpoint('db', name, { confirm: true, confirmGuards }))
  const refusal = (code: 'guard_confirmation_required' | 'guard_forbidden') => (error: unknown) =>
    isStillpointError(error, code)
  const evidenceOf = async (guard: string) =>
    (await daemon.client.showGuards('db')).guards.find((each) => each.guard === guard)?.evidence ?? []

  /** Waits until the guest was asked since its start: on a busy machine it may take longer than it is waited for. */
  const known = () =>
    pollUntil(
      async () => {
        const view = await daemon.client.showGuards('db')
        return view.guest.unknown === null ? view : undefined
      },
      { timeoutMs: 120_000, everyMs: 500, what: 'The answer of the guest' },
    )

  it('find nothing in a guest that does nothing of the kind', async () => {
    const { guards, guest } = await known()
    assert.deepEqual(
      guards.filter(({ evidence }) => evidence.length > 0),
      [],
    )
    assert.ok(guest.askedAt !== null)
    assert.deepEqual((await create('before')).record.guards, [])
  })

  it('find in a guest what was started in it', async () => {
    await vm.run(beADatabase)
    await set({ database: 'confirm' })
    await pollUntil(async () => ((await evidenceOf('database')).length > 0 ? true : undefined), {
      timeoutMs: 120_000,
      everyMs: 500,
      what: 'The answer of the guest',
    })
    const [evidence, ...others] = await evidenceOf('database')
    assert.match(evidence ?? '', found)
    assert.deepEqual(others, [])
  })

  it('refuse before a task exists what needs a confirmation, once the guest is known', async () => {
    const tasksBefore = (await daemon.client.listTasks()).length
    await assert.rejects(daemon.client.createCheckpoint('db', {}), (error) => {
      assert.ok(isStillpointError(error, 'guard_confirmation_required'))
      const [finding] = guardFindingsSchema.parse(error.details).guards
      assert.equal(finding?.guard, 'database')
      assert.match(finding?.evidence ?? '', found)
      assert.match(finding?.risk ?? '', /committed after the checkpoint is lost/)
      return true
    })
    await assert.rejects(
      daemon.client.applyCheckpoint('db', 'before', { confirm: true }),
      refusal('guard_confirmation_required'),
    )
    await assert.rejects(
      daemon.client.revertVm('db', { confirm: true }),
      refusal('guard_confirmation_required'),
    )
    assert.equal((await daemon.client.listTasks()).length, tasksBefore)
  })

  it('let it be done when it is confirmed, and keep that on record', async () => {
    const { record } = await create('confirmed', true)
    const [decision] = record.guards
    assert.deepEqual([decision?.guard, decision?.action, decision?.confirmed], ['database', 'confirm', true])
    assert.match(decision?.evidence ?? '', found)
    await apply('confirmed', true)
    const { lastApply } = await daemon.client.showVm('db')
    assert.equal(lastApply?.checkpointName, 'confirmed')
    assert.deepEqual(
      lastApply?.guards.map(({ guard, confirmed }) => [guard, confirmed]),
      [['database', true]],
    )
    assert.equal((await vm.document()).lastApply?.guards.length, 1)
  })

  it('forbid it whatever is confirmed', async () => {
    await set({ database: 'forbid' })
    await assert.rejects(create('forbidden', true), refusal('guard_forbidden'))
    await assert.rejects(apply('confirmed', true), refusal('guard_forbidden'))
    await set({ database: 'off' })
    assert.deepEqual((await create('unguarded')).record.guards, [])
  })

  it('warn and go on, with a notice', async () => {
    await set({})
    const watching = new AbortController()
    const opened = Promise.withResolvers<void>()
    const noticed = (async () => {
      for await (const event of daemon.client.events({ signal: watching.signal, onOpen: opened.resolve })) {
        if (event.type === 'notice' && event.message.includes('PostgreSQL')) return event.message
      }
      return ''
    })()
    await opened.promise
    const { record } = await create('warned')
    assert.deepEqual(
      record.guards.map(({ action, confirmed }) => [action, confirmed]),
      [['warn', false]],
    )
    assert.match(await noticed, /^Checkpoint "warned" of VM "db": database \(PostgreSQL/)
    watching.abort()
  })

  it('need a confirmation for a controller by tag, and say what a checkpoint knew when it is applied', async () => {
    await daemon.client.updateVm('db', { tags: ['role:domain-controller'] })
    assert.deepEqual(await evidenceOf('domain-controller'), ['the tag "role:domain-controller"'])
    await create('tagged') // only warned of
    await daemon.client.updateVm('db', { tags: [] })
    await assert.rejects(apply('tagged'), (error) => {
      assert.ok(isStillpointError(error, 'guard_confirmation_required'))
      assert.match(error.message, /when the checkpoint was created: the tag/)
      return true
    })
    await apply('tagged', true)
  })

  it('count a fallback: a checkpoint of the kind that was not preferred says so with the risk', async () => {
    await known() // what the new process runs
    await daemon.client.updateVm('db', { settings: { checkpointPolicy: 'Production' } })
    await vm.run('kill -STOP $(pidof qemu-ga) & sleep 0.1').catch(() => {}) // it stops before it can say so
    const { kind, record } = await create('fallback')
    assert.equal(kind, 'standard')
    assert.notEqual(record.fallbackReason, null)
    assert.match(record.guards[0]?.evidence ?? '', /^PostgreSQL .*; with its memory, for no production/)
  })

  it('never wait long for an agent that is silent, and say that nothing can be known', async () => {
    const { guest } = await daemon.client.showGuards('db')
    assert.match(guest.unknown ?? '', /does not answer/)
    await daemon.client.updateVm('db', { settings: { checkpointPolicy: 'Standard' } })
    assert.equal((await create('silent')).record.guards[0]?.guard, 'database', 'what it said before counts')
  })

  it('know of a VM that is off what its guest said before, also after the daemon was started again', async () => {
    await daemon.done(daemon.client.stopVm('db', { force: true }))
    await daemon.stop()
    await daemon.start()
    assert.match((await evidenceOf('database'))[0] ?? '', found)
    const roles = JSON.parse(await readFile(join(daemon.home, 'vms', vm.id, 'roles.json'), 'utf8'))
    assert.ok(roles.facts.programs.includes('postgres'))
    await apply('before')
    assert.deepEqual(
      (await daemon.client.showVm('db')).lastApply?.guards.map(({ guard }) => guard),
      ['database'],
    )
  })

  it('say so where no agent is', async () => {
    const silent = await GuestVm.create(daemon, 'mute', {
      memoryMiB: 96,
      diskMiB: 16,
      append: 'stillpoint.agent=off',
      settings: { checkpointPolicy: 'Standard' },
    })
    await silent.boot()
    const { guest } = await daemon.client.showGuards('mute')
    assert.deepEqual(guest, { askedAt: null, osName: null, unknown: 'no agent listens in it' })
    await daemon.done(daemon.client.createCheckpoint('mute', {}))
  })
})

describe('The guards of VMs in a group', () => {
  let daemon: TestDaemon
  const names = ['shop1', 'shop2']

  before(async () => {
    daemon = await TestDaemon.start()
    for (const name of names) await ImageVm.create(daemon, name, { disks: 1, blockBytes: 65_536, blocks: 4 })
    await daemon.client.createGroup({ name: 'shop', vms: names })
  })
  after(() => daemon[Symbol.asyncDispose]())

  const needsConfirmation = (error: unknown) => isStillpointError(error, 'guard_confirmation_required')

  it('do not ask when all of them go back together, and ask for one alone', async () => {
    await daemon.done(daemon.client.createGroupCheckpoint('shop', { name: 'all' }))
    const [alone] = await daemon.client.listCheckpoints('shop1')
    assert.deepEqual(alone?.record.guards, [])
    const options = { order: [], partial: false, checkpointFirst: false, confirm: true }
    await daemon.done(daemon.client.applyGroup('shop', 'all', options))
    assert.deepEqual((await daemon.client.showVm('shop1')).lastApply?.guards, [])
    await assert.rejects(daemon.client.applyCheckpoint('shop1', 'all', { confirm: true }), needsConfirmation)
    const { guards } = await daemon.client.showGuards('shop1')
    const multiTier = guards.find(({ guard }) => guard === 'multi-tier-application')
    assert.deepEqual(multiTier?.evidence, ['the group "shop"'])
  })

  it('tell the risks of all VMs at once, and put none of them back before they are confirmed', async () => {
    await daemon.client.updateVm('shop1', { tags: ['role:dc'] })
    await daemon.client.updateVm('shop2', { tags: ['role:dc', 'role:replicated'] })
    const before = (await daemon.client.showVm('shop1')).generationId
    const options = { order: [], partial: false, checkpointFirst: false, confirm: true }
    await assert.rejects(daemon.done(daemon.client.applyGroup('shop', 'all', options)), (error) => {
      assert.ok(needsConfirmation(error))
      assert.match(String(error), /VM "shop1", the tag "role:dc".*VM "shop2", the tag "role:dc"/)
      return true
    })
    assert.equal((await daemon.client.showVm('shop1')).generationId, before)
    await daemon.done(daemon.client.applyGroup('shop', 'all', { ...options, confirmGuards: true }))
    const { lastApply, generationId } = await daemon.client.showVm('shop2')
    assert.deepEqual(
      lastApply?.guards.map(({ guard, action, confirmed }) => [guard, action, confirmed]),
      [
        ['domain-controller', 'confirm', true],
        ['replicated-application', 'warn', false],
      ],
    )
    assert.notEqual(generationId, before)
    assert.notEqual((await daemon.client.showVm('shop1')).generationId, generationId)
  })
})
