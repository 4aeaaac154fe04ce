import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import { AgentRefusal, GuestAgent } from '../../src/guest/agent.ts'
import { readCount, readInfo, readOsId } from '../../src/guest/agent-answers.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { canRunPrograms, FakeAgent } from '../fixtures/fake-agent.ts'
import { GuestVm } from '../fixtures/guest-vm.ts'

const timeoutMs = 30_000

/** What the product and its tests take for granted of a guest agent; the fake one must be no kinder than the real one. */
function behavesLikeAnAgent(
  who: string,
  start: () => Promise<{ socketPath: string } & AsyncDisposable>,
): void {
  describe(`${who} agent`, () => {
    let socketPath: string
    let end: () => PromiseLike<void>
    before(async () => {
      const started = await start()
      socketPath = started.socketPath
      end = () => started[Symbol.asyncDispose]()
    })
    after(() => end())

    async function withAgent(body: (agent: GuestAgent) => Promise<void>): Promise<void> {
      const agent = await GuestAgent.open(socketPath, timeoutMs)
      try {
        await body(agent)
      } finally {
        agent.close()
      }
    }
    const refused = (call: Promise<unknown>) => assert.rejects(call, (error) => error instanceof AgentRefusal)
    const execute = (agent: GuestAgent, command: string) => agent.execute(command, {}, timeoutMs)

    it('tells its version, its system and that it can freeze', async () => {
      await withAgent(async (agent) => {
        const info = readInfo(await execute(agent, 'guest-info'))
        assert.match(info.version, /^\d+\.\d+/)
        assert.equal(info.canFreeze, true)
        assert.equal(typeof readOsId(await execute(agent, 'guest-get-osinfo')), 'string')
      })
    })

    it('freezes once, refuses nearly everything while frozen, and counts what it thaws', async () => {
      await withAgent(async (agent) => {
        assert.equal(await execute(agent, 'guest-fsfreeze-status'), 'thawed')
        const frozen = readCount(await execute(agent, 'guest-fsfreeze-freeze'))
        assert.ok(frozen > 0)
        assert.equal(await execute(agent, 'guest-fsfreeze-status'), 'frozen')
        await refused(execute(agent, 'guest-fsfreeze-freeze'))
        await refused(execute(agent, 'guest-get-osinfo'))
        assert.equal(await execute(agent, 'guest-fsfreeze-thaw'), frozen)
        assert.equal(await execute(agent, 'guest-fsfreeze-status'), 'thawed')
      })
    })

    it('thaws nothing when nothing is frozen', async () => {
      await withAgent(async (agent) => assert.equal(await execute(agent, 'guest-fsfreeze-thaw'), 0))
    })

    it('runs a program, and tells what it printed and how it ended', async () => {
      await withAgent(async (agent) => {
        assert.equal(readInfo(await execute(agent, 'guest-info')).canRun, true)
        const command = { path: '/bin/sh', arg: ['-c', 'echo "$0"; exit 3', 'a b'], 'capture-output': true }
        const { pid } = (await agent.execute('guest-exec', command, timeoutMs)) as { pid: number }
        const status = await pollUntil(
          async () => {
            const answer = await agent.execute('guest-exec-status', { pid }, timeoutMs)
            return (answer as { exited: boolean }).exited ? (answer as Record<string, unknown>) : undefined
          },
          { timeoutMs, everyMs: 10, what: 'The end of the program' },
        )
        assert.equal(status.exitcode, 3)
        assert.equal(Buffer.from(String(status['out-data']), 'base64').toString(), 'a b\n')
        await refused(agent.execute('guest-exec-status', { pid: 999_999 }, timeoutMs))
      })
    })

    it('refuses a command that it does not know, and goes on', async () => {
      await withAgent(async (agent) => {
        await refused(execute(agent, 'guest-make-coffee'))
        assert.equal(await execute(agent, 'guest-fsfreeze-status'), 'thawed')
      })
    })

    it('stays frozen when the one who froze goes away, and another can thaw', async () => {
      let frozen = 0
      await withAgent(async (agent) => {
        frozen = readCount(await execute(agent, 'guest-fsfreeze-freeze'))
      })
      await withAgent(async (agent) => {
        assert.equal(await execute(agent, 'guest-fsfreeze-status'), 'frozen')
        assert.equal(await execute(agent, 'guest-fsfreeze-thaw'), frozen)
      })
    })

    it('can be talked to after a conversation that was broken off in the middle of a request', async () => {
      await withAgent(async (agent) => {
        void agent.execute('guest-info').catch(() => {}) // the conversation ends before the answer
      })
      await withAgent(async (agent) => assert.equal(await execute(agent, 'guest-fsfreeze-status'), 'thawed'))
    })
  })
}

behavesLikeAnAgent('the fake', () => FakeAgent.listen(canRunPrograms))

behavesLikeAnAgent('the real', async () => {
  const daemon = await TestDaemon.start()
  const vm = await GuestVm.create(daemon, 'agent', { memoryMiB: 96, diskMiB: 16 })
  await vm.boot()
  return { socketPath: await vm.agentSocket(), [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() }
})
