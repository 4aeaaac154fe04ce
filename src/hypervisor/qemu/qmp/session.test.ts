import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { FakeMonitor, greeting } from '../../../../test/fixtures/fake-monitor.ts'
import { neverAborted } from '../../../core/cancel.ts'
import { isStillpointError } from '../../../core/error.ts'
import { QmpError, QmpSession } from './session.ts'

const gone = (error: unknown) => isStillpointError(error, 'hypervisor_gone')
const timestamp = { seconds: 1_700_000_000, microseconds: 250_000 }

async function withSession(
  body: (session: QmpSession, monitor: FakeMonitor) => Promise<void>,
): Promise<void> {
  await using monitor = await FakeMonitor.listen()
  const [{ session }] = await Promise.all([
    QmpSession.open(monitor.socketPath, neverAborted),
    monitor.negotiate(),
  ])
  try {
    await body(session, monitor)
  } finally {
    session.close()
  }
}

test('a session begins with the greeting and the negotiation, and knows the version', async () => {
  await using monitor = await FakeMonitor.listen()
  const opening = QmpSession.open(monitor.socketPath, neverAborted)
  assert.equal((await monitor.negotiate()).execute, 'qmp_capabilities')
  const { session, version } = await opening
  assert.equal(version, '7.2.22')
  session.close()
})

test('a command carries its arguments, and its answer is what it returned', async () => {
  await withSession(async (session, monitor) => {
    const answer = session.execute('query-block', { flat: true })
    const { execute, arguments: args, id } = await monitor.next()
    assert.deepEqual([execute, args], ['query-block', { flat: true }])
    monitor.send({ return: [{ device: 'ä' }], id })
    assert.deepEqual(await answer, [{ device: 'ä' }])
  })
})

test('answers find their commands in whatever order they come', async () => {
  await withSession(async (session, monitor) => {
    const answers = ['a', 'b', 'c'].map((command) => session.execute(command))
    const commands = [await monitor.next(), await monitor.next(), await monitor.next()]
    for (const { execute, id } of commands.reverse()) monitor.send({ return: execute.toUpperCase(), id })
    assert.deepEqual(await Promise.all(answers), ['A', 'B', 'C'])
  })
})

test('a refusal carries the class and the words of QEMU, and the session goes on', async () => {
  await withSession(async (session, monitor) => {
    const refused = session.execute('blockdev-del')
    const { id } = await monitor.next()
    monitor.send({ error: { class: 'GenericError', desc: 'Node is in use' }, id })
    await assert.rejects(
      refused,
      (error) =>
        error instanceof QmpError &&
        error.qmpClass === 'GenericError' &&
        error.command === 'blockdev-del' &&
        error.message === 'Node is in use',
    )
    const next = session.execute('query-status')
    monitor.send({ return: 'fine', id: (await monitor.next()).id })
    assert.equal(await next, 'fine')
  })
})

test('an answer that comes after its caller gave up is dropped', async () => {
  await withSession(async (session, monitor) => {
    const slow = session.execute('slow', {}, { timeoutMs: 10 })
    await assert.rejects(slow, (error) => isStillpointError(error, 'timeout') && /slow/.test(error.message))
    monitor.send({ return: 'late', id: (await monitor.next()).id })
    monitor.send({ return: 'of nobody', id: 4711 })
    monitor.send({ return: 'without an id' })
    const next = session.execute('next')
    monitor.send({ return: 'on time', id: (await monitor.next()).id })
    assert.equal(await next, 'on time')
  })
})

test('an event reaches those who listen for it, with its time', async () => {
  await withSession(async (session, monitor) => {
    const stop = session.next('STOP')
    const seen: unknown[] = []
    const off = session.on('JOB_STATUS_CHANGE', (event) => seen.push(event.data.id))
    monitor.send({ event: 'JOB_STATUS_CHANGE', data: { id: 'one' }, timestamp })
    monitor.send({ event: 'RESUME', timestamp })
    monitor.send({ event: 'STOP', timestamp })
    assert.deepEqual(await stop, { event: 'STOP', data: {}, atMs: 1_700_000_000_250 })
    assert.deepEqual(seen, ['one'])
    off()
    const last = session.next('STOP')
    monitor.send({ event: 'JOB_STATUS_CHANGE', data: { id: 'two' }, timestamp })
    monitor.send({ event: 'STOP', timestamp })
    await last
    assert.deepEqual(seen, ['one'])
  })
})

test('waiting for an event passes over those that do not match', async () => {
  await withSession(async (session, monitor) => {
    const wanted = session.next('SHUTDOWN', ({ data }) => data.reason === 'guest')
    monitor.send({ event: 'SHUTDOWN', data: { reason: 'host' }, timestamp })
    monitor.send({ event: 'SHUTDOWN', data: { reason: 'guest' }, timestamp })
    assert.equal((await wanted).data.reason, 'guest')
  })
})

test('lines are put together wherever they are cut', async () => {
  await withSession(async (session, monitor) => {
    let id = 1
    const cuts = fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const answer = session.execute('query')
        const event = session.next('STOP')
        id = (await monitor.next()).id
        const bytes = Buffer.from(
          `${JSON.stringify({ event: 'STOP', data: {}, timestamp })}\r\n${JSON.stringify({ return: 'ä€🙂', id })}\r\n`,
        )
        let from = 0
        for (const to of [
          ...places.map((place) => place % bytes.length).sort((a, b) => a - b),
          bytes.length,
        ]) {
          monitor.write(bytes.subarray(from, to))
          await sleep(0)
          from = to
        }
        assert.equal(await answer, 'ä€🙂')
        assert.equal((await event).event, 'STOP')
      }),
      { numRuns: 30 },
    )
  })
})

test('when the connection ends, every open call and every wait fails, and so does every later one', async () => {
  await withSession(async (session, monitor) => {
    const calls = [session.execute('a'), session.execute('b'), session.next('STOP')]
    await monitor.next()
    monitor.hangUp()
    for (const result of await Promise.allSettled(calls)) {
      assert.ok(result.status === 'rejected' && gone(result.reason))
    }
    await session.closed
    await assert.rejects(session.execute('c'), gone)
    await assert.rejects(session.next('STOP'), gone)
  })
})

test('a session that is closed from this side ends in the same way', async () => {
  await withSession(async (session, monitor) => {
    const call = session.execute('a')
    await monitor.next()
    session.close()
    await assert.rejects(call, gone)
    await session.closed
  })
})

test('a line that is not JSON, or not a message, ends the session and keeps it in the reason', async () => {
  for (const line of ['rubbish', '{"return": {}', 'null', '5', '"text"', '\xff\xfe\xfd']) {
    await withSession(async (session, monitor) => {
      const call = session.execute('a')
      await monitor.next()
      monitor.write(`${line}\nmore\n`)
      await assert.rejects(call, gone, line)
      assert.match(String(await session.closed), /QEMU sent a line that is not/)
    })
  }
})

test('empty lines mean nothing', async () => {
  await withSession(async (session, monitor) => {
    const call = session.execute('a')
    const { id } = await monitor.next()
    monitor.write('\n\r\n\n')
    monitor.send({ return: 1, id })
    assert.equal(await call, 1)
  })
})

test('a monitor that is not there is told apart from one that does not greet', async () => {
  await assert.rejects(QmpSession.open('/nowhere/qmp.sock', neverAborted), (error) =>
    String(error).includes('ENOENT'),
  )
  await using closing = await FakeMonitor.listen((monitor) => monitor.hangUp())
  await assert.rejects(QmpSession.open(closing.socketPath, neverAborted), gone)
  await using silent = await FakeMonitor.listen(() => {})
  const abort = new AbortController()
  const stop = new Error('stop')
  const opening = QmpSession.open(silent.socketPath, abort.signal)
  abort.abort(stop)
  await assert.rejects(opening, (error) => error === stop)
})

test('a monitor that refuses the negotiation is not used', async () => {
  await using monitor = await FakeMonitor.listen()
  const opening = QmpSession.open(monitor.socketPath, neverAborted)
  const { id } = await monitor.next()
  monitor.send({ error: { class: 'CommandNotFound', desc: 'no' }, id })
  await assert.rejects(opening, QmpError)
})

test('a greeting that comes twice changes nothing', async () => {
  await withSession(async (session, monitor) => {
    monitor.send(greeting)
    const call = session.execute('a')
    monitor.send({ return: 1, id: (await monitor.next()).id })
    assert.equal(await call, 1)
  })
})
