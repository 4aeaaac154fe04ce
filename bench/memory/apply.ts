import type { ApplyResult } from '../../src/contract/checkpoint.ts'
import { pollUntil } from '../../src/core/deadline.ts'
import { RestoreServer } from '../../src/memory/restore/restore-server.ts'
import { pageBytes } from '../../src/memory/stream/layout.ts'
import type { StillpointGuest } from '../checkpoint/stillpoint-guest.ts'
import { nowMs } from '../harness/heartbeat.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { ProcessPeak } from './process-peak.ts'

/**
 * Applies under the running guest. The outage is what a user of the guest sees: from the last heartbeat of the
 * old one to the first of the new one. Then its memory follows, as fast as it comes.
 */
export async function measureApplies(
  workshop: Workshop,
  sheet: Sheet,
  guest: StillpointGuest,
  memoryMiB: number,
  checkpointId: string,
): Promise<void> {
  const params = { memoryMiB }
  const { client } = guest.daemon
  await using heartbeats = await guest.watch()
  for (let index = 1; index <= workshop.runs; index++) {
    await heartbeats.nextBeat()
    using restore = new ProcessPeak(guest.daemon.pid, 'restore-main.ts')
    const calledMs = nowMs()
    const applied = guest.daemon.done(client.applyCheckpoint(guest.vm.name, checkpointId, { confirm: true }))
    const resident = followLoad(restore)
    const [task, { last, first }] = await Promise.all([applied, heartbeats.handover(calledMs)])
    const { atMs, megabytes, askedPages } = await resident
    const { outageMs, memory } = task.result as ApplyResult // of a checkpoint.apply task
    if (memory?.reason) workshop.say(`  all memory was loaded first: ${memory.reason}`)
    sheet.add('apply, call to heartbeat', 'ms', params, first.atMs - calledMs)
    sheet.add('apply, outage', 'ms', params, first.atMs - last.atMs)
    sheet.add('apply, outage by its record', 'ms', params, outageMs ?? Number.NaN)
    sheet.add('apply, pages until resident', 'MB/s', params, megabytes / ((atMs - first.atMs) / 1000))
    sheet.add('apply, heartbeat to resident', 'ms', params, atMs - first.atMs)
    sheet.add('peak of the restore process', 'MiB', params, await restore.peakMiB())
    const outage = Math.round(first.atMs - last.atMs)
    const heartbeat = Math.round(first.atMs - calledMs)
    const rest = `${Math.round(megabytes)} MB after ${Math.round(atMs - first.atMs)} ms, ${askedPages} pages asked for`
    workshop.say(
      `  ${memoryMiB} MiB ${index}/${workshop.runs}: heartbeat after ${heartbeat} ms, out for ${outage} ms; ${rest}`,
    )
    await untilResident(guest)
  }
}

/** Resolves when the process that restores memory has delivered all of it. */
export async function followLoad(
  restore: ProcessPeak,
): Promise<{ atMs: number; megabytes: number; askedPages: number }> {
  const [controlSocket = ''] = await restore.args()
  const server = await pollUntil(async () => (await RestoreServer.attach(controlSocket)) ?? undefined, {
    timeoutMs: 30_000,
    everyMs: 5,
    what: 'The control socket of the process that restores memory',
  })
  try {
    await server.reached('complete')
    const atMs = nowMs()
    const { totalPages = 0, askedPages = 0 } = server.state ?? {}
    return { atMs, megabytes: (totalPages * pageBytes) / 1e6, askedPages }
  } finally {
    server.disconnect()
  }
}

/** Waits until the daemon has seen that, too, and nothing is left to merge. */
export async function untilResident(guest: StillpointGuest): Promise<void> {
  const { client } = guest.daemon
  await pollUntil(
    async () => ((await client.showVm(guest.vm.name)).memoryResidentPercent === null ? true : undefined),
    { timeoutMs: 600_000, everyMs: 50, what: 'The memory of the guest being resident' },
  )
  await guest.daemon.settled(guest.vm.name)
}
