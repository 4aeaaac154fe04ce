import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { diskId, documentOf, layerOf, layersOf } from '../../../test/fixtures/documents.ts'
import { SmallVolume } from '../../../test/fixtures/small-volume.ts'
import { createEventBus, type StillpointEvent } from '../../core/event-bus.ts'
import { asId, type LayerId } from '../../core/ids.ts'
import { silentLog } from '../../core/log.ts'
import { MIB } from '../../core/units.ts'
import type { GrowthHistory, GrowthSample } from './growth-history-port.ts'
import { GrowthWatch } from './growth-watch.ts'

const minuteMs = 60_000
const startMs = Date.parse('2026-11-20T08:00:00.000Z')

let volume: SmallVolume
let file: string
before(async () => {
  volume = await SmallVolume.mount(128)
  file = join(volume.folder, 'layers', 'base.qcow2')
  await mkdir(join(volume.folder, 'layers'))
})
after(() => volume[Symbol.asyncDispose]())

/** Kept in memory, as a database keeps it over the ends of daemons. */
class Kept implements GrowthHistory {
  samples: GrowthSample[] = []
  append(samples: readonly GrowthSample[]): void {
    this.samples.push(...samples)
  }
  since(atMs: number, subject?: string): GrowthSample[] {
    return this.samples.filter(
      (sample) => sample.atMs >= atMs && (subject === undefined || sample.subject === subject),
    )
  }
  prune({ allBefore, othersBefore }: { allBefore: number; othersBefore: number }): void {
    this.samples = this.samples.filter(
      ({ atMs, hourly }) => atMs >= (hourly ? allBefore : Math.max(allBefore, othersBefore)),
    )
  }
}

function watchOver(history: GrowthHistory) {
  const vm = documentOf({
    layers: layersOf(layerOf('base', null, { file })),
    active: { [diskId(0)]: asId<LayerId>('base') },
  })
  const notices: Extract<StillpointEvent, { type: 'notice' }>[] = []
  const events = createEventBus((error) => {
    throw error
  })
  events.subscribe((event) => void (event.type === 'notice' && notices.push(event)))
  const time = { nowMs: startMs }
  const watch = new GrowthWatch({
    inventory: { all: () => [vm], get: () => vm, has: () => true },
    folders: { home: volume.folder },
    clock: { now: () => new Date(time.nowMs), monotonicMs: () => time.nowMs },
    events,
    log: silentLog,
    history,
  })
  /** `minutes` looks, the VM growing by `stepMiB` before each. */
  const grow = async (minutes: number, stepMiB: number, grownMiB = { value: 0 }) => {
    for (let minute = 0; minute < minutes; minute++) {
      grownMiB.value += stepMiB
      await writeFile(file, Buffer.alloc(grownMiB.value * MIB, 1))
      time.nowMs += minuteMs
      await watch.look()
    }
  }
  return { vm, watch, notices, time, grow }
}

test('growth is measured on real files, its end foreseen, and told of once for each level', async () => {
  const history = new Kept()
  const { vm, watch, notices, time, grow } = watchOver(history)
  const grown = { value: 0 }
  await grow(10, 0.1, grown)
  assert.equal(watch.volumes()[0]?.growthPerHour, null)
  // 6 MiB an hour with 127 MiB free: full in about 21 hours.
  await grow(2, 0.1, grown)
  const [state] = watch.volumes()
  assert.ok(state)
  assert.equal(state.mountPoint, volume.folder)
  assert.ok(Math.abs((state.growthPerHour ?? 0) - 6 * MIB) < 0.5 * MIB, String(state.growthPerHour))
  const hours = (Date.parse(state.fullAt ?? '') - time.nowMs) / 3_600_000
  assert.ok(hours > 18 && hours < 23, String(hours))
  assert.deepEqual(
    state.vms.map(({ vmId, name }) => [vmId, name]),
    [[vm.id, 'web01']],
  )
  assert.ok(Math.abs((watch.growthOf(vm.id) ?? 0) - 6 * MIB) < 0.5 * MIB)
  assert.deepEqual(
    notices.map(({ level, vmId }) => [level, vmId]),
    [['warning', null]],
  )
  assert.match(
    notices[0]?.message ?? '',
    /is full in \d+ h at the present growth of [\d.]+ MiB\/h \(web01 [\d.]+ MiB\/h\); \d+ MiB are free/,
  )
  await grow(20, 2, grown)
  assert.deepEqual(
    notices.map(({ level }) => level),
    ['warning', 'error'],
  )

  const [used] = watch.usedSince(time.nowMs - 5 * minuteMs)
  assert.equal(used?.mountPoint, volume.folder)
  assert.equal(used.samples.length, 6)
  const grownBytes = (used.samples.at(-1)?.bytes ?? 0) - (used.samples[0]?.bytes ?? 0)
  assert.ok(Math.abs(grownBytes - 10 * MIB) < MIB, String(grownBytes))

  // A daemon that starts knows it all from what was kept.
  const next = watchOver(history)
  next.time.nowMs = time.nowMs + minuteMs
  await next.watch.look()
  assert.equal(next.watch.volumes()[0]?.level, 'error')
})

test('what is kept is bounded: minutes for two hours, hours for 30 days', async () => {
  const history = new Kept()
  const { watch, time } = watchOver(history)
  await writeFile(file, '')
  for (let minute = 0; minute < 300; minute++) {
    time.nowMs += minuteMs
    await watch.look()
  }
  const subjects = new Set(history.samples.map(({ subject }) => subject))
  assert.equal(subjects.size, 2)
  assert.ok(history.samples.length <= 2 * (121 + 5), String(history.samples.length))
  const ages = history.samples.map(({ atMs }) => (time.nowMs - atMs) / minuteMs)
  assert.ok(Math.max(...ages) > 290)
  time.nowMs += 31 * 24 * 60 * minuteMs
  await watch.look()
  assert.equal(history.samples.length, 2)
})

test('a history that cannot be written does not end the watching', async () => {
  const history = new Kept()
  history.append = () => {
    throw new Error('no space')
  }
  const { watch, time, grow } = watchOver(history)
  await grow(12, 0.1)
  assert.ok((watch.volumes()[0]?.growthPerHour ?? 0) > 0)
  assert.equal(time.nowMs, startMs + 12 * minuteMs)
})
