import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FakeAgent, type Handler, noAnswer, Raw, Refusal } from '../../test/fixtures/fake-agent.ts'
import { fakePrograms } from '../../test/fixtures/fake-programs.ts'
import { neverAborted } from '../core/cancel.ts'
import { pollUntil } from '../core/deadline.ts'
import { isStillpointError, StillpointError } from '../core/error.ts'
import { type FreezeKeeper, openFreezeKeeper } from './freeze-keeper.ts'
import { hooksDriver } from './hooks.ts'

const amply = 10_000
const freezeCalls = ({ calls }: FakeAgent) => calls.filter((call) => /freeze-(freeze|thaw)$/.test(call))
const freezeFailed = (pattern: RegExp) => (error: unknown) =>
  isStillpointError(error, 'freeze_failed') && pattern.test(error.message)

async function withKeeper(
  handlers: Readonly<Record<string, Handler>>,
  body: (keeper: FreezeKeeper, agent: FakeAgent) => Promise<void>,
  budgetMs = amply,
  signal = neverAborted,
): Promise<void> {
  await using agent = await FakeAgent.listen(handlers)
  const keeper = await openFreezeKeeper(agent.socketPath, budgetMs, signal)
  try {
    await body(keeper, agent)
    assert.equal(agent.frozen, 0, 'nothing stays frozen')
  } finally {
    keeper.close()
  }
}

const cannotOpen = async (
  handlers: Readonly<Record<string, Handler>>,
  expected: (error: unknown) => boolean,
) => {
  await using agent = await FakeAgent.listen(handlers)
  await assert.rejects(openFreezeKeeper(agent.socketPath, amply, neverAborted), expected)
  assert.deepEqual([freezeCalls(agent), agent.frozen], [[], 0], 'the guest is untouched')
}

test('the body runs while the guest is frozen, and the guest is thawed after it', async () => {
  await withKeeper({}, async (keeper, agent) => {
    assert.deepEqual([keeper.agentVersion, keeper.osId], ['7.2.0', 'debian'])
    const { value, span } = await keeper.whileFrozen(async () => agent.frozen)
    assert.deepEqual([value, span.fileSystems], [2, 2])
    assert.ok(span.frozenMs > 0)
    assert.deepEqual(freezeCalls(agent), ['guest-fsfreeze-freeze', 'guest-fsfreeze-thaw'])
  })
})

test('an agent that does not tell its system is good enough', async () => {
  const refuse: Handler = () => {
    throw new Refusal('forbidden')
  }
  for (const osInfo of [refuse, () => ({}), () => null, () => ({ id: 5 })]) {
    await withKeeper({ 'guest-get-osinfo': osInfo }, async (keeper) => assert.equal(keeper.osId, null))
  }
})

test('where no agent is, that is what the error says', async () => {
  await assert.rejects(openFreezeKeeper('/nowhere/agent.sock', amply, neverAborted), (error) =>
    isStillpointError(error, 'agent_unavailable'),
  )
})

test('an agent that is silent is not waited for longer than it takes to see that', async () => {
  await cannotOpen({ 'guest-sync-delimited': () => noAnswer }, (error) =>
    isStillpointError(error, 'agent_unavailable'),
  )
})

test('an agent that answers rubbish is not used', async () => {
  const unavailable = (error: unknown) => isStillpointError(error, 'agent_unavailable')
  await cannotOpen({ 'guest-info': () => new Raw('rubbish\n') }, unavailable)
  await cannotOpen({ 'guest-info': () => null }, unavailable)
  await cannotOpen({ 'guest-info': () => ({ version: 7, supported_commands: [] }) }, unavailable)
  await cannotOpen({ 'guest-info': () => ({ version: '7' }) }, unavailable)
  await cannotOpen({ 'guest-info': () => new Raw(Buffer.alloc(5 * 1024 * 1024, 0x78)) }, unavailable)
})

test('an agent that does not offer to freeze is not used', async () => {
  const commands = [[], [{ name: 'guest-fsfreeze-freeze', enabled: false }], [null, 5, {}]]
  for (const supported of commands) {
    await cannotOpen(
      { 'guest-info': () => ({ version: '7', supported_commands: supported }) },
      freezeFailed(/does not offer to freeze/),
    )
  }
})

test('a guest that somebody else froze is left to whoever did', async () => {
  await cannotOpen(
    { 'guest-fsfreeze-status': () => 'frozen' },
    freezeFailed(/already in the freeze state "frozen"/),
  )
})

test('a guest that refuses to freeze says why, nothing is done, and what it froze is thawed', async () => {
  const refuse: Handler = (_, agent) => {
    agent.frozen = 1
    throw new Refusal('failed to open /mnt/a')
  }
  await withKeeper({ 'guest-fsfreeze-freeze': refuse }, async (keeper, agent) => {
    await assert.rejects(
      keeper.whileFrozen(assert.fail),
      freezeFailed(/refused to freeze: failed to open \/mnt\/a/),
    )
    await agent.called('guest-fsfreeze-thaw')
  })
})

test('a guest that answers the freeze with rubbish is thawed, and nothing is done', async () => {
  for (const answer of [null, 'two', -1, 1.5, {}]) {
    const odd: Handler = (_, agent) => {
      agent.frozen = 2
      return answer
    }
    await withKeeper({ 'guest-fsfreeze-freeze': odd }, async (keeper, agent) => {
      await assert.rejects(keeper.whileFrozen(assert.fail), freezeFailed(/something else/))
      await agent.called('guest-fsfreeze-thaw')
    })
  }
})

test('a guest that freezes only after its budget is thawed as soon as it has', async () => {
  const late: Handler = async (_, agent) => {
    await sleep(700)
    agent.frozen = 2
    return 2
  }
  await withKeeper(
    { 'guest-fsfreeze-freeze': late },
    async (keeper, agent) => {
      await assert.rejects(keeper.whileFrozen(assert.fail), freezeFailed(/within its budget of 100 ms/))
      await agent.called('guest-fsfreeze-thaw')
      assert.deepEqual(freezeCalls(agent), ['guest-fsfreeze-freeze', 'guest-fsfreeze-thaw'])
    },
    100,
  )
})

test('a guest that freezes long after everybody gave up is thawed as soon as it has', async () => {
  const answered = Promise.withResolvers<void>()
  const veryLate: Handler = async (_, agent) => {
    await answered.promise
    agent.frozen = 2
    return 2
  }
  await withKeeper(
    { 'guest-fsfreeze-freeze': veryLate },
    async (keeper, agent) => {
      await assert.rejects(keeper.whileFrozen(assert.fail), { code: 'guest_frozen', message: /budget/ })
      keeper.close()
      answered.resolve()
      await agent.called('guest-fsfreeze-thaw')
    },
    100,
  )
})

test('work that takes longer than the budget does not keep the guest frozen, and does not count', async () => {
  await withKeeper(
    {},
    async (keeper, agent) => {
      const work = async () => {
        await agent.called('guest-fsfreeze-thaw')
        assert.equal(agent.frozen, 0)
      }
      await assert.rejects(keeper.whileFrozen(work), freezeFailed(/within its budget of 200 ms/))
    },
    200,
  )
})

test('a guest that somebody thawed meanwhile makes the work not count', async () => {
  await withKeeper({}, async (keeper, agent) => {
    const thawedByAnother = async () => {
      agent.frozen = 0
    }
    await assert.rejects(keeper.whileFrozen(thawedByAnother), freezeFailed(/had been thawed before/))
  })
})

test('the error of the work is passed on, and the guest is thawed', async () => {
  await withKeeper({}, async (keeper, agent) => {
    const own = new StillpointError('disk_full', 'its own')
    await assert.rejects(
      keeper.whileFrozen(() => Promise.reject(own)),
      (error) => error === own,
    )
    assert.deepEqual(freezeCalls(agent), ['guest-fsfreeze-freeze', 'guest-fsfreeze-thaw'])
  })
})

test('a cancel while the guest freezes is passed on, and the guest is thawed', async () => {
  const abort = new AbortController()
  const stop = new Error('stop')
  const freeze: Handler = async (_, agent) => {
    abort.abort(stop)
    await sleep(50)
    agent.frozen = 2
    return 2
  }
  await withKeeper(
    { 'guest-fsfreeze-freeze': freeze },
    async (keeper, agent) => {
      await assert.rejects(keeper.whileFrozen(assert.fail), (error) => error === stop)
      await agent.called('guest-fsfreeze-thaw')
    },
    amply,
    abort.signal,
  )
})

test('a cancel before the freeze leaves the guest alone', async () => {
  const abort = new AbortController()
  const stop = new Error('stop')
  await withKeeper(
    {},
    async (keeper, agent) => {
      abort.abort(stop)
      await assert.rejects(keeper.whileFrozen(assert.fail), (error) => error === stop)
      assert.deepEqual(freezeCalls(agent), [])
    },
    amply,
    abort.signal,
  )
})

test('a cancel before the agent was reached is passed on', async () => {
  await using agent = await FakeAgent.listen()
  const stop = new Error('stop')
  await assert.rejects(
    openFreezeKeeper(agent.socketPath, amply, AbortSignal.abort(stop)),
    (error) => error === stop,
  )
  assert.deepEqual(freezeCalls(agent), [])
})

test('a channel that breaks at the thaw is opened again, and the guest thawed', async () => {
  let broken = 0
  const breaking: Handler = (_, agent) => {
    if (broken++ === 0) {
      agent.hangUp()
      return noAnswer
    }
    const thawed = agent.frozen
    agent.frozen = 0
    return thawed
  }
  await withKeeper({ 'guest-fsfreeze-thaw': breaking }, async (keeper) => {
    const { span } = await keeper.whileFrozen(async () => {})
    assert.equal(span.fileSystems, 2)
  })
})

test('a thaw that the guest refuses at first is tried again', async () => {
  let refused = 0
  const refusing: Handler = (_, agent) => {
    if (refused++ < 2) throw new Refusal('not yet')
    const thawed = agent.frozen
    agent.frozen = 0
    return thawed
  }
  await withKeeper({ 'guest-fsfreeze-thaw': refusing }, async (keeper) => {
    const { span } = await keeper.whileFrozen(async () => {})
    assert.equal(span.fileSystems, 2)
  })
})

test('nobody uses a keeper: it ends, and the guest was never frozen', async () => {
  await withKeeper({}, async (keeper, agent) => {
    keeper.close()
    await pollUntil(() => (agent.hasClient() ? undefined : true), {
      timeoutMs: amply,
      everyMs: 5,
      what: 'The end of the keeper',
    })
    assert.deepEqual(freezeCalls(agent), [])
  })
})

const report = (name: string, outcome: string, detail: string) =>
  `${JSON.stringify({ name, outcome, prepareMs: 5, detail })}\n`

/** A guest with hooks: what was called, and whether its applications are held. */
function guestWithHooks(prepared: string, released = prepared) {
  const guest = { calls: [] as string[], isHeld: false }
  const handlers = fakePrograms({
    sync: () => ({ exitCode: 0 }),
    [hooksDriver]: ([command = '']) => {
      guest.calls.push(command)
      guest.isHeld = command === 'prepare'
      return { exitCode: 0, out: command === 'prepare' ? prepared : released }
    },
  })
  return { guest, handlers }
}

test('applications are prepared before the freeze and released after the thaw', async () => {
  const { guest, handlers } = guestWithHooks(report('PostgreSQL', 'consistent', '15.13'))
  await withKeeper(handlers, async (keeper, agent) => {
    await keeper.prepare()
    assert.deepEqual([guest.calls, agent.frozen], [['prepare'], 0])
    const { value, applications } = await keeper.whileFrozen(async () => guest.isHeld && agent.frozen === 2)
    assert.equal(value, true)
    assert.deepEqual(applications, [
      { name: 'PostgreSQL', outcome: 'consistent', prepareMs: 5, detail: '15.13' },
    ])
    assert.deepEqual([guest.calls, guest.isHeld], [['prepare', 'release'], false])
  })
})

test('who does not ask for it has the applications prepared all the same, once', async () => {
  const { guest, handlers } = guestWithHooks('')
  await withKeeper(handlers, async (keeper) => {
    const { applications } = await keeper.whileFrozen(async () => {})
    assert.deepEqual([applications, guest.calls], [[], ['prepare', 'release']])
  })
})

test('an application that was let go before the thaw is not consistent', async () => {
  const { handlers } = guestWithHooks(
    report('MariaDB', 'consistent', '10.11'),
    report('MariaDB', 'failed', 'its session had ended'),
  )
  await withKeeper(handlers, async (keeper) => {
    const { applications } = await keeper.whileFrozen(async () => {})
    assert.deepEqual(
      applications.map(({ outcome, detail }) => [outcome, detail]),
      [['failed', 'its session had ended']],
    )
  })
})

test('applications are released when the guest refuses to freeze, the work fails, or the budget is over', async () => {
  const refuse: Handler = () => {
    throw new Refusal('no')
  }
  const never = () => new Promise<void>(() => {})
  const ways: readonly [Readonly<Record<string, Handler>>, () => Promise<void>][] = [
    [{ 'guest-fsfreeze-freeze': refuse }, assert.fail],
    [{}, () => Promise.reject(new Error('its own'))],
  ]
  for (const [extra, work] of ways) {
    const { guest, handlers } = guestWithHooks('')
    await withKeeper({ ...handlers, ...extra }, async (keeper) => {
      await assert.rejects(keeper.whileFrozen(work))
      assert.deepEqual([guest.calls, guest.isHeld], [['prepare', 'release'], false])
    })
  }
  const { guest, handlers } = guestWithHooks('')
  await withKeeper(
    handlers,
    async (keeper, agent) => {
      void keeper.whileFrozen(never).catch(() => {})
      await agent.called('guest-fsfreeze-thaw')
      await pollUntil(() => (guest.isHeld ? undefined : true), {
        timeoutMs: amply,
        everyMs: 5,
        what: 'The release',
      })
    },
    200,
  )
})

test('applications are released when nobody freezes after all, even while they still prepare', async () => {
  const calls: string[] = []
  const handlers = fakePrograms({
    sync: () => ({ exitCode: 0 }),
    [hooksDriver]: ([command = '']) => {
      calls.push(command)
      return command === 'prepare' ? null : { exitCode: 0 }
    },
  })
  const abort = new AbortController()
  await withKeeper(
    handlers,
    async (keeper, agent) => {
      const preparing = keeper.prepare()
      preparing.catch(() => {}) // it is awaited below
      await agent.called('guest-exec', 2) // "sync" and this one
      abort.abort(new Error('stop'))
      await assert.rejects(preparing, /stop/)
      keeper.close()
      await agent.called('guest-exec', 3)
      assert.deepEqual(calls, ['prepare', 'release'])
    },
    amply,
    abort.signal,
  )
})

const program = fileURLToPath(new URL('../../test/fixtures/freeze-and-wait.ts', import.meta.url))

/** Starts the stand-in for the daemon and waits until it has frozen the guest. */
async function startFrozen(agent: FakeAgent, budgetMs: number) {
  const daemon = spawn(process.execPath, [program, agent.socketPath, String(budgetMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(daemon.stdout, 'data')
  assert.equal(String(line), 'frozen\n')
  assert.equal(agent.frozen, 2)
  return daemon
}

test('a daemon that is killed leaves no frozen guest, long before the budget is over', async () => {
  await using agent = await FakeAgent.listen()
  const daemon = await startFrozen(agent, 600_000)
  daemon.kill('SIGKILL')
  await agent.called('guest-fsfreeze-thaw')
  assert.equal(agent.frozen, 0)
})

test('a daemon that is killed leaves no application that is held', async () => {
  const { guest, handlers } = guestWithHooks('')
  await using agent = await FakeAgent.listen(handlers)
  const daemon = await startFrozen(agent, 600_000)
  assert.equal(guest.isHeld, true)
  daemon.kill('SIGKILL')
  await agent.called('guest-exec', 3)
  assert.deepEqual([agent.frozen, guest.calls], [0, ['prepare', 'release']])
})

test('a daemon that hangs leaves no frozen guest when the budget is over', async () => {
  await using agent = await FakeAgent.listen()
  const daemon = await startFrozen(agent, 500)
  daemon.kill('SIGSTOP')
  await agent.called('guest-fsfreeze-thaw')
  assert.equal(agent.frozen, 0)
  daemon.kill('SIGKILL')
})
