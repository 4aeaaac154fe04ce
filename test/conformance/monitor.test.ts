import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { neverAborted } from '../../src/core/cancel.ts'
import { isStillpointError } from '../../src/core/error.ts'
import { connectMonitor } from '../../src/hypervisor/qemu/connect.ts'
import { killProcess, spawnDetached } from '../../src/hypervisor/qemu/process.ts'
import { QmpError, QmpSession } from '../../src/hypervisor/qemu/qmp/session.ts'
import { FakeMonitor } from '../fixtures/fake-monitor.ts'

interface Opened {
  readonly session: QmpSession
  readonly version: string
  /** Ends the process, or what stands for it. */
  readonly end: () => Promise<void>
}

/** What the session takes for granted of a monitor, here of a QEMU without a machine. */
function behavesLikeAMonitor(who: string, open: () => Promise<Opened>): void {
  describe(`${who} monitor`, () => {
    let opened: Opened
    before(async () => {
      opened = await open()
    })
    after(() => opened.end())

    it('greets with its version', () => assert.match(opened.version, /^\d+\.\d+\.\d+$/))

    it('answers each command by its id', async () => {
      const { session } = opened
      const [status, name] = await Promise.all([
        session.execute('query-status'),
        session.execute('query-name'),
      ])
      assert.equal((status as { running: boolean }).running, false)
      assert.deepEqual(name, {})
    })

    it('refuses a command that it does not know, with a class and words', async () => {
      await assert.rejects(opened.session.execute('make-coffee'), (error) => {
        assert.ok(error instanceof QmpError)
        assert.equal(error.qmpClass, 'CommandNotFound')
        assert.notEqual(error.message, '')
        return true
      })
    })

    it('tells of its end by an event with a time, and closes', async () => {
      const { session } = opened
      const shutdown = session.next('SHUTDOWN')
      await session.execute('quit')
      const { data, atMs } = await shutdown
      assert.equal(data.reason, 'host-qmp-quit')
      assert.ok(atMs > 1_600_000_000_000)
      await session.closed
      await assert.rejects(session.execute('query-status'), (error) =>
        isStillpointError(error, 'hypervisor_gone'),
      )
    })
  })
}

behavesLikeAMonitor('the fake', async () => {
  const monitor = await FakeMonitor.listen()
  const answers: Record<string, object> = {
    qmp_capabilities: { return: {} },
    'query-status': { return: { running: false, status: 'prelaunch' } },
    'query-name': { return: {} },
    quit: { return: {} },
  }
  void (async () => {
    for (;;) {
      const { execute, id } = await monitor.next()
      const unknown = {
        error: { class: 'CommandNotFound', desc: `The command ${execute} has not been found` },
      }
      monitor.send({ ...(answers[execute] ?? unknown), id })
      if (execute !== 'quit') continue
      const timestamp = { seconds: Math.floor(Date.now() / 1000), microseconds: 0 }
      monitor.send({ event: 'SHUTDOWN', data: { guest: false, reason: 'host-qmp-quit' }, timestamp })
      return monitor.endOutput()
    }
  })()
  const { session, version } = await QmpSession.open(monitor.socketPath, neverAborted)
  return { session, version, end: () => Promise.resolve(monitor[Symbol.asyncDispose]()) }
})

behavesLikeAMonitor('the real', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sp-monitor-'))
  const socketPath = join(folder, 'qmp.sock')
  const logFile = join(folder, 'log')
  const args = [
    '-nodefaults',
    '-machine',
    'none',
    '-display',
    'none',
    '-S',
    '-qmp',
    `unix:${socketPath},server=on,wait=off`,
  ]
  const spawned = await spawnDetached('qemu-system-x86_64', args, logFile)
  const { session, version } = await connectMonitor(socketPath, spawned, logFile, neverAborted)
  return {
    session,
    version,
    end: async () => {
      await killProcess(spawned)
      await rm(folder, { recursive: true, force: true })
    },
  }
})
