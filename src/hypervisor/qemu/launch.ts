import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { StillpointError } from '../../core/error.ts'
import type { LaunchRequest } from '../port.ts'
import { commandLine, type Host, memoryFd } from './command-line.ts'
import { connectMonitor, startFailure } from './connect.ts'
import { QemuInstance } from './instance.ts'
import { killProcess, type Spawned, spawnDetached } from './process.ts'
import type { QmpSession } from './qmp/session.ts'

/** Starts QEMU; on any failure nothing is left running. */
export async function launch(
  program: string,
  request: LaunchRequest,
  host: Host,
  signal: AbortSignal,
): Promise<QemuInstance> {
  const { runFolder, begin } = request
  await mkdir(runFolder, { recursive: true, mode: 0o700 })
  const logFile = `${runFolder}/qemu.log`
  const fd = begin.kind === 'memory' ? openSync(begin.file, 'r') : undefined
  let spawned: Spawned
  try {
    spawned = await spawnDetached(program, commandLine(request, host), logFile, fd)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
  try {
    const { session, version } = await connectMonitor(`${runFolder}/qmp.sock`, spawned, logFile, signal)
    if (begin.kind === 'memory') await loadMemory(session, spawned, logFile, request, signal)
    const { pid, processStart } = spawned
    return new QemuInstance({ runFolder, pid, processStart, qemuVersion: version }, session)
  } catch (error) {
    await killProcess(spawned)
    throw error
  }
}

const migrateSchema = z.object({ status: z.string().optional(), 'error-desc': z.string().optional() })

/** Loads memory and devices; the guest stays paused at the instant that was saved. */
async function loadMemory(
  session: QmpSession,
  spawned: Spawned,
  logFile: string,
  { begin, onProgress }: LaunchRequest,
  signal: AbortSignal,
): Promise<void> {
  const file = begin.kind === 'memory' ? begin.file : ''
  try {
    await session.execute('migrate-incoming', { uri: `fd:${memoryFd}` })
    for (;;) {
      signal.throwIfAborted()
      const migration = migrateSchema.parse(
        await session.execute('query-migrate', {}, { timeoutMs: 120_000 }),
      )
      if (migration.status === 'completed') return
      if (migration.status === 'failed')
        throw new StillpointError('hypervisor_failed', migration['error-desc'] ?? 'it failed')
      onProgress?.report(50, 'loading memory')
      await sleep(5)
    }
  } catch (error) {
    if (signal.aborted) throw error
    // QEMU ends by itself when a stream does not fit; its log then holds the reason.
    for (let tries = 0; tries < 100 && spawned.ended() === undefined; tries++) await sleep(10)
    throw startFailure(`QEMU could not load the memory image "${file}"`, logFile)
  }
}
