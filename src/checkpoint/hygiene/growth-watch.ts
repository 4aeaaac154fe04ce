import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/error.ts'
import type { EventBus } from '../../core/event-bus.ts'
import type { VmId } from '../../core/ids.ts'
import type { Log } from '../../core/log.ts'
import type { Folders } from '../../inventory/folders.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { type FillLevel, isWorse, nextFillLevel } from './fill-level.ts'
import { dayMs, fullAtMs, hourMs, presentGrowth, recentMs, type Sample } from './forecast.ts'
import type { GrowthHistory, GrowthSample } from './growth-history-port.ts'
import type { VolumeState } from './volume-state.ts'
import { type UsedVolume, usedVolumes } from './volumes.ts'
import { fillNotice } from './words.ts'

const lookEveryMs = 60_000
const keptDays = 30

export interface GrowthWatchParts {
  readonly inventory: Pick<Inventory, 'all' | 'get' | 'has'>
  readonly folders: Pick<Folders, 'home'>
  readonly clock: Clock
  readonly events: EventBus
  readonly log: Log
  readonly history: GrowthHistory
}

/**
 * Measures once a minute what VMs and volumes occupy, and foresees when a volume is full. A notice is given once when
 * that is a day away and once when it is three hours away; a new daemon may give it again. History: each minute
 * for two hours, each hour for 30 days.
 */
export class GrowthWatch {
  readonly #parts: GrowthWatchParts
  readonly #series = new Map<string, GrowthSample[]>()
  readonly #levels = new Map<string, FillLevel>()
  #volumes: readonly VolumeState[] = []
  #isLooking = false
  #isUnsaved = false

  constructor(parts: GrowthWatchParts) {
    this.#parts = parts
    const nowMs = parts.clock.now().getTime()
    for (const sample of parts.history.since(nowMs - dayMs)) this.#remember(sample)
  }

  /** Measures now and from now on. */
  async start(): Promise<void> {
    setInterval(() => void this.look(), lookEveryMs).unref()
    await this.look()
  }

  /** As of the last look. */
  volumes(): readonly VolumeState[] {
    return this.#volumes
  }

  /** What all files of the VM grow by in an hour; null when that is not known yet. */
  growthOf(vmId: VmId): number | null {
    const known = this.#volumes.flatMap(({ vms }) =>
      vms.flatMap((vm) => (vm.vmId === vmId && vm.growthPerHour !== null ? [vm.growthPerHour] : [])),
    )
    return known.length === 0 ? null : known.reduce((total, growth) => total + growth, 0)
  }

  /** As they are now, by the growth that was measured until the last look. Errors: `io_error`. */
  async volumesNow(): Promise<VolumeState[]> {
    const { inventory, folders, clock } = this.#parts
    const volumes = await usedVolumes(folders.home, inventory.all())
    const nowMs = clock.now().getTime()
    return volumes.map((volume) => this.#stateOf(volume, nowMs))
  }

  /** What was used of each volume since then, whoever wrote it; oldest first. Errors: `inventory_damaged`, `io_error`. */
  usedSince(atMs: number): { readonly mountPoint: string; readonly samples: readonly Sample[] }[] {
    return this.#volumes.map(({ mountPoint }) => ({
      mountPoint,
      samples: this.#parts.history.since(atMs, volumeSubject(mountPoint)),
    }))
  }

  /** Measures, keeps it, and gives notice where it is due. Never rejects. */
  async look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const { inventory, folders, clock, log } = this.#parts
    try {
      const volumes = await usedVolumes(folders.home, inventory.all())
      const nowMs = clock.now().getTime()
      this.#keep(volumes, nowMs)
      this.#volumes = volumes.map((volume) => this.#stateOf(volume, nowMs))
      for (const volume of this.#volumes) this.#tell(volume)
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the space on the volumes of VMs could not be measured')
    } finally {
      this.#isLooking = false
    }
  }

  #keep(volumes: readonly UsedVolume[], nowMs: number): void {
    const { history, log } = this.#parts
    const samples = volumes.flatMap(({ mountPoint, sizeBytes, freeBytes, vmBytes }) => [
      this.#sample(volumeSubject(mountPoint), nowMs, sizeBytes - freeBytes),
      ...[...vmBytes].map(([vmId, bytes]) => this.#sample(vmSubject(vmId, mountPoint), nowMs, bytes)),
    ])
    for (const sample of samples) this.#remember(sample)
    this.#forget(nowMs)
    try {
      history.append(samples)
      history.prune({ allBefore: nowMs - keptDays * dayMs, othersBefore: nowMs - recentMs })
      this.#isUnsaved = false
    } catch (error) {
      if (!this.#isUnsaved)
        log.warn({ reason: messageOf(error) }, 'measurements of space could not be stored')
      this.#isUnsaved = true
    }
  }

  #sample(subject: string, atMs: number, bytes: number): GrowthSample {
    const last = this.#series.get(subject)?.findLast(({ hourly }) => hourly)
    return { subject, atMs, bytes, hourly: last === undefined || atMs - last.atMs >= hourMs }
  }

  #remember(sample: GrowthSample): void {
    const series = this.#series.get(sample.subject) ?? []
    this.#series.set(sample.subject, series)
    series.push(sample)
  }

  #forget(nowMs: number): void {
    for (const [subject, series] of this.#series) {
      const kept = series.filter(({ atMs, hourly }) => atMs > nowMs - (hourly ? dayMs : recentMs))
      if (kept.length === 0) this.#series.delete(subject)
      else this.#series.set(subject, kept)
    }
  }

  #growthOf(subject: string, nowMs: number): number | null {
    const samples: readonly Sample[] = this.#series.get(subject) ?? []
    return presentGrowth(samples, nowMs)
  }

  #stateOf({ vmBytes, ...volume }: UsedVolume, nowMs: number): VolumeState {
    const { inventory } = this.#parts
    const { mountPoint, freeBytes } = volume
    const growthPerHour = this.#growthOf(volumeSubject(mountPoint), nowMs)
    const fullMs = fullAtMs(freeBytes, growthPerHour, nowMs)
    const level = nextFillLevel(this.#levels.get(mountPoint) ?? 'ok', fullMs === null ? null : fullMs - nowMs)
    const vms = [...vmBytes]
      .filter(([vmId]) => inventory.has(vmId))
      .map(([vmId, bytes]) => ({
        vmId,
        name: inventory.get(vmId).name,
        bytes,
        growthPerHour: this.#growthOf(vmSubject(vmId, mountPoint), nowMs),
      }))
      .sort((a, b) => (b.growthPerHour ?? 0) - (a.growthPerHour ?? 0))
    return {
      ...volume,
      growthPerHour,
      fullAt: fullMs === null ? null : new Date(fullMs).toISOString(),
      level,
      vms,
    }
  }

  #tell(volume: VolumeState): void {
    const { events, log, clock } = this.#parts
    const previous = this.#levels.get(volume.mountPoint) ?? 'ok'
    this.#levels.set(volume.mountPoint, volume.level)
    if (volume.level === 'ok' || !isWorse(volume.level, previous)) return
    const message = fillNotice(volume, clock.now())
    log.warn({ mountPoint: volume.mountPoint, fullAt: volume.fullAt }, message)
    events.publish({ type: 'notice', vmId: null, level: volume.level, message })
  }
}

const volumeSubject = (mountPoint: string) => `volume ${mountPoint}`
const vmSubject = (vmId: VmId, mountPoint: string) => `vm ${vmId} ${mountPoint}`
