import type { StillpointGuest } from '../checkpoint/stillpoint-guest.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { ProcessPeak } from './process-peak.ts'
import { addShare } from './sharing.ts'

/**
 * One checkpoint after the other of a guest that does little: the first holds all of its memory, the following
 * ones what changed. Returns the id of the newest.
 */
export async function measureCheckpoints(
  workshop: Workshop,
  sheet: Sheet,
  guest: StillpointGuest,
  memoryMiB: number,
): Promise<string> {
  let firstBytes = 0
  let newest = ''
  await using heartbeats = await guest.watch()
  for (let index = 0; index <= workshop.runs; index++) {
    const params = { memoryMiB, checkpoint: index === 0 ? 'first' : 'following' }
    using capture = new ProcessPeak(guest.daemon.pid, 'capture-main.ts')
    const { value, totalMs, gapMs, usualGapMs } = await heartbeats.during(() => guest.create())
    if (value.record.captureReason !== null) workshop.say(`  guest stopped: ${value.record.captureReason}`)
    const pauseMs = value.record.pauseMs ?? Number.NaN
    const bytes = value.memoryBytes ?? Number.NaN
    sheet.add('pause', 'ms', params, pauseMs)
    sheet.add('longest silence', 'ms', params, gapMs)
    sheet.add('silence before it', 'ms', params, usualGapMs)
    sheet.add('total', 'ms', params, totalMs)
    sheet.add('image', 'MB', params, bytes / 1e6)
    sheet.add('peak of the capture process', 'MiB', params, await capture.peakMiB())
    if (index === 0) firstBytes = bytes
    else addShare(sheet, { memoryMiB, guest: 'filled' }, bytes / firstBytes)
    const size = `${Math.round(bytes / 1e6)} MB`
    workshop.say(`  ${memoryMiB} MiB ${index}/${workshop.runs}: paused ${pauseMs} ms, ${size} stored`)
    newest = value.id
  }
  return newest
}
