import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { FakeAgent, type Handler, noAnswer, Raw, Refusal } from '../../test/fixtures/fake-agent.ts'
import { isStillpointError } from '../core/error.ts'
import { AgentRefusal, GuestAgent } from './agent.ts'

const amply = 20_000
const unavailable = (error: unknown) => isStillpointError(error, 'agent_unavailable')

async function withAgent(
  handlers: Readonly<Record<string, Handler>>,
  body: (agent: GuestAgent, fake: FakeAgent) => Promise<void>,
): Promise<void> {
  await using fake = await FakeAgent.listen(handlers)
  const agent = await GuestAgent.open(fake.socketPath, amply)
  try {
    await body(agent, fake)
  } finally {
    agent.close()
  }
}

test('an agent that is there answers commands one after the other', async () => {
  await withAgent({ echo: (args) => args }, async (agent) => {
    assert.deepEqual(await agent.execute('echo', { text: 'ä\n"' }), { text: 'ä\n"' })
    assert.equal(await agent.execute('guest-fsfreeze-status'), 'thawed')
  })
})

test('what is left over of an earlier conversation is not taken for an answer', async () => {
  const leftOvers = [
    '{"return": 17}\n{"return": "late"}\n',
    '{"return": {"half": ',
    'rubbish without an end',
    Buffer.from([0xff, 0x7b, 0x0a, 0xff]),
    '\n\n\n',
    '{"return": null}\n5\nnull\n',
  ]
  for (const bytes of leftOvers) {
    await withAgent({ connected: (_, fake) => fake.say(bytes) }, async (agent) => {
      assert.deepEqual(await agent.execute('guest-fsfreeze-status'), 'thawed')
    })
  }
})

test('answers are put together wherever they are cut', async () => {
  const answer = `${JSON.stringify({ return: { text: 'ä€🙂' } })}\n`
  const bytes = Buffer.from(answer)
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 4 })
  await withAgent({ cut: () => noAnswer }, async (agent, fake) => {
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const answered = agent.execute('cut', {}, amply)
        let from = 0
        for (const to of [...places.sort((a, b) => a - b), bytes.length]) {
          fake.say(bytes.subarray(from, to))
          await sleep(0)
          from = to
        }
        assert.deepEqual(await answered, { text: 'ä€🙂' })
      }),
      { numRuns: 30 },
    )
  })
})

test('a refusal carries the words of the guest, and the conversation goes on', async () => {
  const refuse: Handler = () => {
    throw new Refusal('not today')
  }
  await withAgent({ refuse }, async (agent) => {
    await assert.rejects(
      agent.execute('refuse'),
      (error) => error instanceof AgentRefusal && error.message === 'not today',
    )
    assert.equal(await agent.execute('guest-fsfreeze-status'), 'thawed')
  })
})

test('a refusal without words is one all the same', async () => {
  for (const line of [
    '{"error": {}}\n',
    '{"error": null}\n',
    '{"error": {"desc": 5}}\n',
    '{"error": "x", "return": 1}\n',
  ]) {
    await withAgent({ odd: () => new Raw(line) }, async (agent) => {
      await assert.rejects(
        agent.execute('odd'),
        (error) => error instanceof AgentRefusal && error.message !== '',
      )
    })
  }
})

test('an answer that is not one ends the conversation', async () => {
  for (const line of [
    'hello\n',
    '\n',
    'null\n',
    '5\n',
    '"return"\n',
    '[]\n',
    '{}\n',
    '{"retrun": 1}\n',
    '{"return": 1\n',
  ]) {
    await withAgent({ odd: () => new Raw(line) }, async (agent) => {
      await assert.rejects(agent.execute('odd', {}, amply), unavailable, line)
      await assert.rejects(agent.execute('guest-fsfreeze-status', {}, amply), unavailable)
    })
  }
})

test('an answer that comes too late is not taken for that of the next command', async () => {
  await withAgent({ slow: () => noAnswer }, async (agent, fake) => {
    await assert.rejects(agent.execute('slow', {}, 20), unavailable)
    const next = agent.execute('guest-fsfreeze-status', {}, amply)
    fake.say('{"return": "late"}\n')
    await assert.rejects(next, unavailable)
  })
})

test('a channel that breaks ends the call that is open, and every later one', async () => {
  await withAgent({ silent: () => noAnswer }, async (agent, fake) => {
    const open = agent.execute('silent', {}, amply)
    await fake.called('silent')
    fake.hangUp()
    await assert.rejects(open, unavailable)
    await assert.rejects(agent.execute('guest-fsfreeze-status', {}, amply), unavailable)
  })
})

test('where no agent is, the error says so and the guest is not waited for', async () => {
  await assert.rejects(GuestAgent.open('/nowhere/agent.sock', amply), unavailable)
})

test('an agent that says nothing is given up after the time allowed', async () => {
  await using fake = await FakeAgent.listen({ 'guest-sync-delimited': () => noAnswer })
  await assert.rejects(GuestAgent.open(fake.socketPath, 50), unavailable)
})

test('an agent that says only rubbish is given up after the time allowed', async () => {
  const rubbish: Handler = () => new Raw('rubbish\n{"return": 5}\n{"return": null}\nnull\n')
  await using fake = await FakeAgent.listen({ 'guest-sync-delimited': rubbish })
  await assert.rejects(GuestAgent.open(fake.socketPath, 100), unavailable)
})

test('an agent that sends a line without an end is given up before it fills the memory', async () => {
  const endless: Handler = () => new Raw(Buffer.alloc(5 * 1024 * 1024, 0x78))
  await using fake = await FakeAgent.listen({ 'guest-sync-delimited': endless })
  await assert.rejects(
    GuestAgent.open(fake.socketPath, amply),
    (error) => unavailable(error) && /endless line/.test(String(error)),
  )
})
