import { setTimeout as sleep } from 'node:timers/promises'
import { StillpointGuest } from '../checkpoint/stillpoint-guest.ts'
import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import { median } from '../harness/statistics.ts'
import type { Workshop } from '../harness/workshop.ts'
import { followLoad, untilResident } from './apply.ts'
import { fillMemory } from './fill.ts'
import { roundsIn, startLoop } from './guest-loop.ts'
import { ProcessPeak } from './process-peak.ts'
import { filledMiB, oneSize } from './sizes.ts'

/** How much slower a guest is while its memory is captured, and while it is loaded behind it. */
export const guestWork: BenchCase = {
  name: 'guest-work',
  title: 'a piece of work in the guest: alone, during a capture, during the load after an apply',
  targets: [],
  run,
  peers: {},
}

const pieceMiB = 4
const aloneMs = 5000

/** Copies a few MiB out of the filled memory, another place each time, and makes a checksum of them. */
const piece = [
  `dd if=/mem/fill of=/tmp/piece bs=${pieceMiB}M count=1 skip=$at conv=notrunc 2>/dev/null`,
  'md5sum /tmp/piece >/dev/null',
]

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  const memoryMiB = oneSize(workshop)
  await using guest = await StillpointGuest.open(workshop, {
    memoryMiB,
    settings: { checkpointPolicy: 'Standard' },
  })
  await guest.vm.boot()
  await fillMemory(guest.vm, filledMiB(memoryMiB), 'random')
  await startLoop(guest.vm, Math.floor(filledMiB(memoryMiB) / pieceMiB), piece)
  for (let index = 1; index <= workshop.runs; index++) {
    const alone = await piecesDuring(guest, () => sleep(aloneMs))
    const capturing = await piecesDuring(guest, async () => void (await guest.create()))
    const loading = await piecesWhileLoading(guest)
    const pieces = { alone, capturing, 'loading after an apply': loading }
    for (const [during, durations] of Object.entries(pieces)) {
      if (durations.length === 0) continue // it was over before a piece of work was
      sheet.add('piece of work', 'ms', { during }, median(durations))
      sheet.add('longest piece of work', 'ms', { during }, Math.max(...durations))
      if (alone.length > 0 && during !== 'alone')
        sheet.add(
          'piece of work, of its time alone',
          '%',
          { during },
          (100 * median(durations)) / median(alone),
        )
    }
    const said = Object.entries(pieces).map(
      ([name, each]) => `${name} ${Math.round(median(each))} ms (${each.length})`,
    )
    workshop.say(`  ${index}/${workshop.runs}: ${said.join(', ')}`)
  }
}

/** What the pieces took that began and ended during `action`. */
async function piecesDuring(guest: StillpointGuest, action: () => Promise<void>): Promise<number[]> {
  const from = guest.vm.console().length
  await action()
  return roundsIn(guest.vm.console().slice(from))
}

async function piecesWhileLoading(guest: StillpointGuest): Promise<number[]> {
  const { client } = guest.daemon
  const newest = (await client.listCheckpoints(guest.vm.name)).at(-1)
  if (!newest) throw new Error('there is no checkpoint')
  using restore = new ProcessPeak(guest.daemon.pid, 'restore-main.ts')
  const from = guest.vm.console().length
  const applied = guest.daemon.done(client.applyCheckpoint(guest.vm.name, newest.id, { confirm: true }))
  await Promise.all([applied, followLoad(restore)])
  const pieces = roundsIn(sinceHandover(guest.vm.console().slice(from)))
  await untilResident(guest)
  return pieces
}

/** What the guest of the checkpoint said: from where the counter of the heartbeats falls. */
function sinceHandover(console: string): string {
  let before = 0
  for (const { 1: counter, index } of console.matchAll(/^hb (\d+) /gm)) {
    if (Number(counter) < before) return console.slice(index)
    before = Number(counter)
  }
  return ''
}
