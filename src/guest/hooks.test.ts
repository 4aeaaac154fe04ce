import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeAgent, type Handler, Refusal } from '../../test/fixtures/fake-agent.ts'
import { type FakeProgram, fakePrograms } from '../../test/fixtures/fake-programs.ts'
import { neverAborted } from '../core/cancel.ts'
import { GuestAgent } from './agent.ts'
import { hooksDriver, prepareApplications, readReports, releaseApplications } from './hooks.ts'

const line = (name: string, outcome = 'consistent', detail = '1.2', prepareMs = 12) =>
  `${JSON.stringify({ name, outcome, prepareMs, detail })}\n`

async function withGuest(
  handlers: Readonly<Record<string, Handler>>,
  body: (agent: GuestAgent, fake: FakeAgent) => Promise<void>,
): Promise<void> {
  await using fake = await FakeAgent.listen(handlers)
  const agent = await GuestAgent.open(fake.socketPath, 10_000)
  try {
    await body(agent, fake)
  } finally {
    agent.close()
  }
}

const options = { canRun: true, budgetMs: 2000, signal: neverAborted }
const hooks = (driver: FakeProgram) => fakePrograms({ [hooksDriver]: driver })

test('applications are prepared with limits, and what they say is reported', async () => {
  const calls: string[] = []
  const driver: FakeProgram = (args) => {
    calls.push(args.join(' '))
    return { exitCode: 0, out: `${line('PostgreSQL')}${line('Redis', 'failed', 'no such luck')}` }
  }
  await withGuest(hooks(driver), async (agent) => {
    assert.deepEqual(await prepareApplications(agent, options), {
      isHeld: true,
      applications: [
        { name: 'PostgreSQL', outcome: 'consistent', prepareMs: 12, detail: '1.2' },
        { name: 'Redis', outcome: 'failed', prepareMs: 12, detail: 'no such luck' },
      ],
    })
  })
  assert.deepEqual(calls, ['prepare --limit 10 --hold 22'])
})

test('a guest without hooks is asked twice and left alone', async () => {
  await withGuest(fakePrograms({}), async (agent, fake) => {
    assert.deepEqual(await prepareApplications(agent, options), { isHeld: false, applications: [] })
    assert.deepEqual(fake.calls, ['guest-exec', 'guest-file-open'])
  })
})

test('a guest that may not run its hooks says so; one without any says nothing', async () => {
  await withGuest(
    hooks(() => null),
    async (agent) => {
      const { isHeld, applications } = await prepareApplications(agent, { ...options, canRun: false })
      assert.equal(isHeld, false)
      assert.match(applications[0]?.detail ?? '', /may not run programs/)
    },
  )
  await withGuest({}, async (agent) => {
    const nothing = await prepareApplications(agent, { ...options, canRun: false })
    assert.deepEqual(nothing, { isHeld: false, applications: [] })
  })
  const refuse: Handler = () => {
    throw new Refusal('permission denied')
  }
  await withGuest({ ...hooks(() => null), 'guest-exec': refuse }, async (agent) => {
    const { applications } = await prepareApplications(agent, options)
    assert.deepEqual(
      applications.map(({ outcome, detail }) => [outcome, detail]),
      [['failed', 'permission denied']],
    )
  })
})

test('hooks that end with an error, or are called off, are not consistent and are released', async () => {
  await withGuest(
    hooks(() => ({ exitCode: 1, err: 'first\nmkdir: read-only\n' })),
    async (agent) => {
      const { isHeld, applications } = await prepareApplications(agent, options)
      assert.deepEqual([isHeld, applications[0]?.detail], [true, 'mkdir: read-only'])
    },
  )
  await withGuest(
    hooks(() => null),
    async (agent) => {
      const signal = AbortSignal.abort()
      const { isHeld, applications } = await prepareApplications(agent, { ...options, signal })
      assert.deepEqual([isHeld, applications[0]?.outcome], [true, 'failed'])
    },
  )
})

test('an application that was not held until the release is not consistent', async () => {
  const prepared = readReports(line('A') + line('B') + line('C') + line('D', 'failed', 'earlier'))
  const released = line('A') + line('B', 'failed', 'its session had ended')
  const endings: readonly [FakeProgram | null, readonly (string | RegExp)[]][] = [
    [
      () => ({ exitCode: 0, out: released }),
      ['1.2', 'its session had ended', 'it was not held any more at the thaw', 'earlier'],
    ],
    [() => ({ exitCode: 1, err: 'oops' }), [...Array(3).fill(/not known.*oops/), 'earlier']],
    [null, [...Array(3).fill(/not known.*No such file/), 'earlier']],
  ]
  for (const [driver, details] of endings) {
    await withGuest(driver ? hooks(driver) : fakePrograms({}), async (agent) => {
      const end = await releaseApplications(agent, { isHeld: true, applications: prepared })
      assert.equal(end.length, 4)
      for (const [index, expected] of details.entries())
        assert.match(end[index]?.detail ?? '', RegExp(expected))
      const consistent = end.filter(({ outcome }) => outcome === 'consistent').map(({ name }) => name)
      assert.deepEqual(consistent, end[0]?.detail === '1.2' ? ['A'] : [])
    })
  }
})

test('what a guest says is bounded, printable and never taken unread', () => {
  const [report] = readReports(
    line(`My\u001b[31m${'x'.repeat(500)}`, 'consistent', `a\nb\u202e${'y'.repeat(9999)}`),
  )
  assert.match(report?.name ?? '', /^My \[31mx+$/)
  assert.equal(report?.name.length, 60)
  assert.match(report?.detail ?? '', /^a b y+$/)
  assert.equal(report?.detail.length, 200)
  for (const odd of [
    'rubbish',
    '[]',
    'null',
    line('A', 'great'),
    '{"name":"A"}',
    line('A', 'consistent', '', -1),
  ]) {
    const [only, ...more] = readReports(odd)
    assert.deepEqual([only?.outcome, more.length], ['failed', 0], odd)
    assert.match(only?.detail ?? '', /something else/)
  }
  assert.deepEqual(readReports(''), [])
  assert.deepEqual(
    readReports(line('A').repeat(1000)).map(({ outcome }) => outcome),
    ['failed'],
  )
})
