import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canRunPrograms, FakeAgent, type Handler, noAnswer, Refusal } from '../../test/fixtures/fake-agent.ts'
import { neverAborted } from '../core/cancel.ts'
import { isStillpointError } from '../core/error.ts'
import { lookAtGuest } from './roles.ts'

const amply = 20_000
const unavailable = (error: unknown) => isStillpointError(error, 'agent_unavailable')
const base64 = (text: string) => Buffer.from(text).toString('base64')

async function look(handlers: Readonly<Record<string, Handler>>, timeoutMs = amply) {
  await using fake = await FakeAgent.listen(handlers)
  return { ...(await lookAtGuest(fake.socketPath, timeoutMs, neverAborted)), calls: fake.calls }
}

test('a Linux guest is asked for what runs in it', async () => {
  const { facts, gap } = await look({
    ...canRunPrograms,
    'guest-get-osinfo': () => ({
      id: 'debian',
      'pretty-name': 'Debian GNU/Linux 12',
      'kernel-version': '#1 SMP',
    }),
  })
  assert.equal(gap, null)
  assert.deepEqual([facts.osId, facts.osName, facts.windowsVersion], ['debian', 'Debian GNU/Linux 12', null])
  assert.ok(facts.programs.includes('sh'), 'the fake runs programs on this machine')
})

test('a Windows guest is asked by programs of its own, all at once', async () => {
  const asked: unknown[] = []
  const { facts, calls } = await look({
    ...canRunPrograms,
    'guest-get-osinfo': () => ({
      id: 'mswindows',
      'pretty-name': 'Windows Server 2022',
      'kernel-version': '10.0',
    }),
    'guest-exec': ({ path }) => ({ pid: asked.push(path) }),
    'guest-exec-status': ({ pid }) => ({
      exited: true,
      exitcode: 0,
      'out-data': base64(
        { 1: 'SERVICE_NAME: NTDS\r\n', 2: '  TCP  0.0.0.0:88  0.0.0.0:0  LISTENING\r\n' }[Number(pid)] ??
          '    ProductType    REG_SZ    LanmanNT\r\n',
      ),
    }),
  })
  assert.deepEqual(asked, ['sc.exe', 'netstat.exe', 'reg.exe'])
  assert.deepEqual(calls.slice(-6), [...Array(3).fill('guest-exec'), ...Array(3).fill('guest-exec-status')])
  assert.deepEqual(
    [facts.windowsVersion, facts.services, facts.listeningPorts, facts.isDomainController],
    [10, ['ntds'], [88], true],
  )
})

test('an agent that may not run programs tells the system only, and why', async () => {
  const { facts, gap } = await look({})
  assert.deepEqual([facts.osId, facts.programs], ['debian', []])
  assert.match(gap ?? '', /may not run programs/)
  const refusing: Handler = () => {
    throw new Refusal('not on\nmy watch')
  }
  const second = await look({ ...canRunPrograms, 'guest-exec': refusing, 'guest-get-osinfo': refusing })
  assert.equal(second.gap, 'its agent refused: not on my watch')
  assert.equal(second.facts.osId, null)
})

test('a guest that is frozen is not asked: it would seem to forbid everything', async () => {
  await assert.rejects(look({ ...canRunPrograms, 'guest-fsfreeze-status': () => 'frozen' }), unavailable)
})

test('an agent that is absent, silent, slow or talks rubbish is given up in time', async () => {
  await assert.rejects(lookAtGuest('/nowhere/agent.sock', amply, neverAborted), unavailable)
  await assert.rejects(look({ 'guest-sync-delimited': () => noAnswer }, 50), unavailable)
  await assert.rejects(look({ ...canRunPrograms, 'guest-exec': () => noAnswer }, 200), unavailable)
  await assert.rejects(look({ ...canRunPrograms, 'guest-exec': () => 'yes' }), unavailable)
  await assert.rejects(look({ ...canRunPrograms, 'guest-exec-status': () => null }), unavailable)
  const running = { 'guest-exec-status': () => ({ exited: false }) }
  await assert.rejects(look({ ...canRunPrograms, ...running }, 200), unavailable)
})

test('it gives way to whoever wants the VM', async () => {
  const abort = new AbortController()
  const reason = new Error('somebody else')
  const silent: Handler = () => {
    abort.abort(reason)
    return noAnswer
  }
  await using fake = await FakeAgent.listen({ ...canRunPrograms, 'guest-exec': silent })
  await assert.rejects(lookAtGuest(fake.socketPath, amply, abort.signal), reason)
})
