import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FakeAgent, type Handler, noAnswer, Raw, Refusal } from '../../test/fixtures/fake-agent.ts'
import { neverAborted } from '../core/cancel.ts'
import { pollUntil } from '../core/deadline.ts'
import { isStillpointError, StillpointError } from '../core/error.ts'
import { type FreezeKeeper, openFreezeKeeper } from './freeze-keeper.ts'

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

test('a daemon that hangs leaves no frozen guest when the budget is over', async () => {
  await using agent = await FakeAgent.listen()
  const daemon = await startFrozen(agent, 500)
  daemon.kill('SIGSTOP')
  await agent.called('guest-fsfreeze-thaw')
  assert.equal(agent.frozen, 0)
  daemon.kill('SIGKILL')
})
