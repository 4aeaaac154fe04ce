import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { CheckpointView } from '../../src/contract/checkpoint.ts'
import type { StillpointEvent } from '../../src/core/event-bus.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'

const databases = ['postgresql', 'mariadb', 'redis'] as const
type Database = (typeof databases)[number]

/** For three servers on an emulated processor that is shared with other tests. */
const patienceMs = 300_000

/** Generous: an emulated processor that is shared with other tests takes its time. */
const settings = 'LIMIT_SECONDS=20\n'

describe('Hooks in a guest with PostgreSQL, MariaDB and Redis under load', () => {
  let daemon: TestDaemon
  let vm: GuestVm
  const events: StillpointEvent[] = []
  const stopListening = new AbortController()

  before(async () => {
    daemon = await TestDaemon.start()
    vm = await GuestVm.createWithDatabases(daemon, 'db')
    await vm.boot(patienceMs)
    listen()
    await vm.run('su postgres -c "psql -qc \\"CREATE TABLE numbers (n bigint PRIMARY KEY)\\""')
    await vm.run(
      'mariadb -e "CREATE DATABASE load_test; CREATE TABLE load_test.numbers (n bigint PRIMARY KEY)"',
    )
  })
  after(async () => {
    stopListening.abort()
    await daemon[Symbol.asyncDispose]()
  })

  function listen(): void {
    const stream = daemon.client.events({ signal: stopListening.signal })
    void (async () => {
      for await (const event of stream) events.push(event)
    })().catch(() => {}) // the daemon is killed in one of the tests
  }

  /** The last number of which the guest has said, outside of itself, that it was committed. */
  function lastCommitted(database: Database, from = 0): number {
    const found = [
      ...vm
        .console()
        .slice(from)
        .matchAll(RegExp(`^${database} (\\d+)\\r?$`, 'gm')),
    ]
    return Number(found.at(-1)?.[1] ?? 0)
  }

  /** Waits until each database has committed some more. */
  async function commitsGoOn(): Promise<void> {
    for (const database of databases) {
      const wanted = lastCommitted(database) + 5
      await vm.until(RegExp(`^${database} ${wanted}\\r?$`, 'm'), 0, patienceMs)
    }
  }

  async function create(name: string): Promise<CheckpointView> {
    return (await daemon.done(daemon.client.createCheckpoint('db', { name }))).result as CheckpointView
  }

  const outcomes = ({ record }: CheckpointView) =>
    record.applications.map(({ name, outcome }) => [name, outcome])

  it('there are none at first: a checkpoint is as without them', async () => {
    assert.equal((await daemon.client.showHooks('db')).installed, null)
    const { record } = await create('without hooks')
    assert.deepEqual([record.consistency, record.applications], ['file-system', []])
  })

  it('are installed by one call, and find what runs', async () => {
    const task = await daemon.done(daemon.client.installHooks('db'))
    const state = await daemon.client.showHooks('db')
    assert.deepEqual(task.result, state)
    assert.equal(state.installed, state.offered)
    assert.deepEqual(
      state.hooks.map(({ hook, origin, application }) => [hook, origin, application]),
      [
        ['mariadb', 'stillpoint', 'MariaDB'],
        ['postgresql', 'stillpoint', 'PostgreSQL'],
        ['redis', 'stillpoint', 'Redis'],
      ],
    )
    await vm.run(`printf '${settings.replace('\n', '\\n')}' >/etc/stillpoint/hooks.conf`)
  })

  let committed: Record<Database, number>

  it('make a checkpoint application consistent, which names them, and let them go on', async () => {
    for (const database of databases) {
      await vm.run(`setsid load ${database} 1 </dev/null >/dev/null 2>&1 &`)
    }
    await commitsGoOn()
    committed = { postgresql: 0, mariadb: 0, redis: 0 }
    for (const database of databases) committed[database] = lastCommitted(database)
    const { kind, record } = await create('under load')
    assert.deepEqual(
      [kind, record.consistency, record.fallbackReason],
      ['production', 'application', null],
      JSON.stringify(record),
    )
    assert.deepEqual(
      record.applications.map(({ name }) => name),
      ['MariaDB', 'PostgreSQL', 'Redis'],
    )
    for (const { prepareMs, detail } of record.applications) {
      assert.ok(prepareMs > 0)
      assert.match(detail, /^\d+\.\d+/)
    }
    await commitsGoOn()
  })

  it('one that hangs does not take part, and nobody is silent about it', async () => {
    const hangs = '#!/bin/sh\n[ $1 = prepare ] || exit 0\nwhile :; do sleep 1; done\n'
    await vm.run(
      `printf '${hangs.replaceAll('\n', '\\n')}' >/etc/stillpoint/hooks.d/hangs; chmod 755 /etc/stillpoint/hooks.d/hangs`,
    )
    const hung = await create('one hangs')
    assert.equal(hung.record.consistency, 'file-system')
    assert.deepEqual(outcomes(hung), [
      ['hangs', 'failed'],
      ['MariaDB', 'consistent'],
      ['PostgreSQL', 'consistent'],
      ['Redis', 'consistent'],
    ])
    assert.match(hung.record.applications[0]?.detail ?? '', /not ready within 20 s/)
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event] : []))
    assert.ok(
      notices.some(({ level, message }) => level === 'warning' && /"one hangs".*hangs: it was/.test(message)),
      JSON.stringify(notices),
    )
    await vm.run('rm /etc/stillpoint/hooks.d/hangs')
    await commitsGoOn()
  })

  it('let the applications go when the daemon is killed before the freeze', async () => {
    await daemon.stop()
    await daemon.start({ STILLPOINT_FAILPOINT: 'create:switching=SIGKILL' })
    await daemon.client.createCheckpoint('db', { name: 'never' })
    await daemon.ended()
    await commitsGoOn()
    await daemon.start()
    assert.equal((await daemon.client.showHooks('db')).isHeld, false)
    const names = (await daemon.client.listCheckpoints('db')).map(({ name }) => name)
    assert.deepEqual(names, ['without hooks', 'under load', 'one hangs'])
  })

  it('and the servers start from the checkpoint without an error, with everything that was committed', async () => {
    await daemon.done(daemon.client.applyCheckpoint('db', 'under load', { confirm: true }))
    assert.equal(await vm.state(), 'off')
    await vm.boot(patienceMs)

    // Each start begins new logs.
    const postgresql = await vm.run('cat /var/log/postgresql/server.log')
    const mariadb = await vm.run('cat /var/log/mariadb.log')
    const redis = await vm.run('cat /var/log/redis/server.log')
    assert.match(postgresql, /ready to accept connections/)
    assert.doesNotMatch(postgresql, /ERROR|FATAL|PANIC|corrupt|invalid page/)
    assert.match(mariadb, /ready for connections/)
    assert.doesNotMatch(mariadb, /\[ERROR\]|corrupt|crashed/i)
    assert.match(redis, /Ready to accept connections/)
    assert.doesNotMatch(redis, /Bad file format|truncat|Unexpected end|corrupt|fatal/i)

    const query = 'SELECT min(n), max(n), count(*) FROM'
    const rows: Record<Database, string> = {
      postgresql: await vm.run(`su postgres -c "psql -XAtq -F ' ' -c '${query} numbers'"`),
      mariadb: await vm.run(`mariadb -BNe "${query} load_test.numbers" | tr '\\t' ' '`),
      redis: await vm.run(
        'echo $(redis-cli lindex numbers 0; redis-cli lindex numbers -1; redis-cli llen numbers)',
      ),
    }
    for (const database of databases) {
      const [first, last = 0, count] = rows[database].trim().split(/\s+/).map(Number)
      assert.deepEqual([first, count], [1, last], `${database} has all numbers from 1 on: ${rows[database]}`)
      assert.ok(last >= committed[database], `${database}: ${last} of at least ${committed[database]}`)
    }
    assert.match(await vm.run('mariadb-check --all-databases'), /OK/)
  })

  it('are removed by one call', async () => {
    await daemon.done(daemon.client.removeHooks('db'))
    assert.equal((await daemon.client.showHooks('db')).installed, null)
    const { record } = await create('without hooks again')
    assert.deepEqual([record.consistency, record.applications], ['file-system', []])
  })
})
