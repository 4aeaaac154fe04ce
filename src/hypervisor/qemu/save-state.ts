import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { roundMs } from '../../core/clock.ts'
import { pollUntil, withDeadline } from '../../core/deadline.ts'
import { messageOf, StillpointError } from '../../core/error.ts'
import { formatBytes } from '../../core/units.ts'
import type { SavedState, SaveRequest } from '../port.ts'
import { switchDisks } from './block-graph.ts'
import { asHypervisorError } from './errors.ts'
import { QmpError, type QmpEvent, type QmpSession } from './qmp/session.ts'

const statusSchema = z.object({ status: z.string(), running: z.boolean() })
const migrateSchema = z.object({
  status: z.string().optional(),
  'error-desc': z.string().optional(),
  ram: z.object({ total: z.number(), remaining: z.number(), transferred: z.number() }).optional(),
})

/**
 * Saves disks, memory and devices of one instant.
 *
 *   stop ── switch disks ── migrate ── first page arrives ── guest goes on ── … pages … ── completed
 *   └──────────────── the pause ──────────────────────────┘
 *
 * 1. Capabilities first, so that the pause holds nothing that could have been done before it. When the
 *    host cannot write-protect guest memory, all of memory is saved with the guest stopped instead.
 * 2. When the first page of RAM has arrived, write protection is on. QEMU 7.2 has started the guest by
 *    then, 10.0 leaves it as it was found: so the state is asked, and the guest continued.
 * 3. A background save is never broken off: QEMU would leave the memory write-protected, and the guest
 *    would hang at its next write. It is drained to its end instead, and the result thrown away.
 * 4. On any error the guest goes on; what was switched stays switched (the caller knows by `onSwitched`).
 *
 * A guest that was paused before is saved with the guest stopped, which costs it nothing.
 *
 * With others (`meeting`), all stand still before the disks of any are switched, and none goes on before those of all are.
 */
export async function saveState(session: QmpSession, request: SaveRequest): Promise<SavedState> {
  await untilIdle(session)
  // Left over from a lazy load; QEMU would announce it in the stream, and refuses a background snapshot with it.
  await setCapability(session, 'postcopy-ram', false)
  const wasRunning = (await statusOf(session)).running
  await session.execute('migrate-set-parameters', { 'max-bandwidth': Number.MAX_SAFE_INTEGER })
  const captureReason = wasRunning ? await enableBackground(session) : null
  const capture = wasRunning && captureReason === null ? 'background' : 'stopped'
  request.signal.throwIfAborted()

  const resumed = session.next('RESUME')
  const stopped = session.next('STOP')
  const pauseMs = async () => (wasRunning ? await between(stopped, resumed) : 0)
  try {
    await request.meeting?.ready()
    if (wasRunning) await session.execute('stop')
    await request.meeting?.still()
    const switchMs = await switchDisks(session, request.switches)
    await request.atInstant?.()
    await request.meeting?.switched() // QEMU 7.2 lets the guest go on by itself as soon as the save begins
    await session.execute('migrate', { uri: `unix:${request.target.socketPath}` })
    const finished = untilFinished(session, request, capture)
    finished.catch(() => {}) // awaited below; the guest must go on first
    if (capture === 'background') await Promise.race([request.target.firstPage, finished])
    else await finished
    if (!request.isDiscarded) await goOn(session, wasRunning, capture)
    request.onSwitched({ pauseMs: await pauseMs(), switchMs })
    await finished
    return { pauseMs: await pauseMs(), switchMs, capture, captureReason }
  } catch (error) {
    await recoverGuest(session, request, wasRunning, capture)
    throw asHypervisorError(error, 'Saving the memory')
  } finally {
    await disableBackground(session)
  }
}

/** By QEMU's own clock, which has no part in how busy we are. */
async function between(from: Promise<QmpEvent>, to: Promise<QmpEvent>): Promise<number> {
  const limits = { timeoutMs: 10_000, what: "QEMU's report of the pause" }
  const [begun, ended] = await withDeadline(Promise.all([from, to]), limits)
  return roundMs(ended.atMs - begun.atMs)
}

async function statusOf(session: QmpSession) {
  return statusSchema.parse(await session.execute('query-status'))
}

/** Null when memory can be saved behind the running guest, else why not. */
async function enableBackground(session: QmpSession): Promise<string | null> {
  try {
    await setCapability(session, 'background-snapshot', true)
    return null
  } catch (error) {
    if (error instanceof QmpError) return messageOf(error)
    throw error
  }
}

async function disableBackground(session: QmpSession): Promise<void> {
  // It is set anew before each use, so a refusal (or a QEMU that is gone) changes nothing.
  await setCapability(session, 'background-snapshot', false).catch(() => {})
}

async function setCapability(session: QmpSession, capability: string, state: boolean): Promise<void> {
  await session.execute('migrate-set-capabilities', { capabilities: [{ capability, state }] })
}

/** A guest that was paused has to run for a moment: only `cont` makes its disks writable again. */
async function goOn(
  session: QmpSession,
  wasRunning: boolean,
  capture: 'background' | 'stopped',
): Promise<void> {
  if (wasRunning) {
    if (!(await statusOf(session)).running) await session.execute('cont')
  } else if (capture === 'stopped') {
    await session.execute('cont')
    await session.execute('stop')
  }
}

/** After an error: ends the save in the way that is safe for the guest, and lets the guest go on. */
async function recoverGuest(
  session: QmpSession,
  request: SaveRequest,
  wasRunning: boolean,
  capture: SavedState['capture'],
): Promise<void> {
  const letGuestGoOn = async () => {
    if (wasRunning && !(await statusOf(session)).running) await session.execute('cont')
  }
  try {
    if (capture === 'background') {
      request.target.discard()
      await letGuestGoOn() // to drain all of its memory takes long
    } else {
      await session.execute('migrate_cancel')
    }
    await untilIdle(session)
    await letGuestGoOn()
  } catch {
    // QEMU is gone: the first error, which the caller gets, says so; the supervisor sees the exit.
  }
}

const busyStates = new Set(['active', 'setup', 'cancelling', 'device', 'pre-switchover'])

/** Waits for the end of a save that is under way, e.g. of one whose daemon was killed. */
async function untilIdle(session: QmpSession): Promise<void> {
  await pollUntil(
    async () => {
      const { status } = migrateSchema.parse(await session.execute('query-migrate'))
      return busyStates.has(status ?? 'none') ? undefined : true
    },
    { timeoutMs: 600_000, everyMs: 10, what: 'The end of an earlier save of the memory' },
  )
}

async function untilFinished(
  session: QmpSession,
  { signal, progress, target }: SaveRequest,
  capture: SavedState['capture'],
): Promise<void> {
  for (;;) {
    if (signal.aborted) {
      if (capture === 'background') {
        target.discard()
        await untilIdle(session)
      }
      signal.throwIfAborted()
    }
    const migration = migrateSchema.parse(await session.execute('query-migrate'))
    if (migration.status === 'completed') return
    if (migration.status === 'failed' || migration.status === 'cancelled') {
      const why = migration['error-desc'] ?? 'QEMU gives no reason; see its log'
      throw new StillpointError(
        'hypervisor_failed',
        `Saving the memory ended as "${migration.status}": ${why}.`,
      )
    }
    if (migration.ram) {
      const { total, remaining, transferred } = migration.ram
      const percent = total > 0 ? (100 * (total - remaining)) / total : 0
      progress.report(percent, `saving memory, ${formatBytes(transferred)} so far`)
    }
    await sleep(10)
  }
}
