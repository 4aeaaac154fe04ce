import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { pollUntil } from '../../core/deadline.ts'
import { isStillpointError, messageOf, StillpointError } from '../../core/error.ts'
import type { LaunchRequest, MemorySource } from '../port.ts'
import { commandLine, type Host } from './command-line.ts'
import { connectMonitor, startFailure } from './connect.ts'
import { QemuInstance } from './instance.ts'
import { killProcess, type Spawned, spawnDetached } from './process.ts'
import { QmpError, type QmpSession } from './qmp/session.ts'
import { startTpm } from './tpm.ts'

/** Starts QEMU; on any failure nothing is left running. */
export async function launch(
  program: string,
  request: LaunchRequest,
  host: Host,
  signal: AbortSignal,
): Promise<QemuInstance> {
  const { runFolder, begin, tpmFolder } = request
  await mkdir(runFolder, { recursive: true, mode: 0o700 })
  const logFile = `${runFolder}/qemu.log`
  const tpm = tpmFolder === null ? null : await startTpm(tpmFolder, runFolder, signal)
  let qemu: Spawned | null = null
  try {
    const spawned = await spawnDetached(program, commandLine(request, host), logFile)
    qemu = spawned
    const { session, version } = await connectMonitor(`${runFolder}/qmp.sock`, spawned, logFile, signal)
    if (begin.kind === 'memory') await loadMemory(session, spawned, logFile, begin.source, request, signal)
    const { pid, processStart } = spawned
    return new QemuInstance({ runFolder, pid, processStart, qemuVersion: version }, session)
  } catch (error) {
    if (qemu) await killProcess(qemu)
    if (tpm) await killProcess(tpm)
    throw error
  }
}

const migrateSchema = z.object({ status: z.string().optional(), 'error-desc': z.string().optional() })

const statusSchema = z.object({ status: z.string() })
const loadTimeoutMs = 3_600_000
const sourceSaysWithinMs = 1000

/** Loads the devices, and memory now or later; the guest stays paused at the instant that was saved. */
async function loadMemory(
  session: QmpSession,
  spawned: Spawned,
  logFile: string,
  source: MemorySource,
  { hardware }: LaunchRequest,
  signal: AbortSignal,
): Promise<void> {
  const reason =
    hardware.memoryBacking === 'huge-pages'
      ? 'the memory consists of huge pages, which QEMU takes whole only'
      : await enablePostcopy(session)
  await session.execute('migrate-incoming', { uri: `unix:${source.socketPath}` })
  let loaded = Promise.resolve()
  try {
    loaded = source.load(reason === null ? 'lazy' : 'eager', reason)
    loaded.catch(() => {}) // awaited below
    const limits = { timeoutMs: loadTimeoutMs, everyMs: 2, what: 'Loading the devices', signal }
    const polled = pollUntil(async () => {
      const ended = spawned.ended()
      if (ended !== undefined) throw new StillpointError('hypervisor_failed', `it ended: ${ended}`)
      const migration = migrateSchema.parse(
        await session.execute('query-migrate', {}, { timeoutMs: 120_000 }),
      )
      if (migration.status === 'failed')
        throw new StillpointError('hypervisor_failed', migration['error-desc'] ?? 'it failed')
      const { status } = statusSchema.parse(await session.execute('query-status'))
      return status === 'inmigrate' ? undefined : true
    }, limits)
    polled.catch(() => {}) // a source that fails is the sooner to know, and leaves QEMU waiting
    await Promise.race([polled, loaded.then(() => polled)])
    await loaded
  } catch (first) {
    // A source that cannot go on ends QEMU, which may be noticed sooner than the reason.
    const ofSource = loaded.then(
      () => first,
      (error: unknown) => error,
    )
    const error = await Promise.race([ofSource, sleep(sourceSaysWithinMs, first)])
    if (signal.aborted || isStillpointError(error, 'memory_image_invalid', 'memory_short')) throw error
    // QEMU ends by itself when a stream does not fit; its log then holds the reason.
    for (let tries = 0; tries < 100 && spawned.ended() === undefined; tries++) await sleep(10)
    throw startFailure(`QEMU could not load the memory image (${messageOf(error)})`, logFile)
  }
}

/** Null when pages can be loaded as they are touched, else why not. */
async function enablePostcopy(session: QmpSession): Promise<string | null> {
  const capabilities = [{ capability: 'postcopy-ram', state: true }]
  try {
    await session.execute('migrate-set-capabilities', { capabilities })
    return null
  } catch (error) {
    if (error instanceof QmpError) return error.message
    throw error
  }
}
