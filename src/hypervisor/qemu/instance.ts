import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { pollUntil } from '../../core/deadline.ts'
import { StillpointError } from '../../core/error.ts'
import type { DiskId, LayerId } from '../../core/ids.ts'
import type { Layer } from '../../disk/layer.ts'
import type { PowerState } from '../../vm/power.ts'
import type {
  DiskSwitch,
  Exit,
  Instance,
  MergeRequest,
  Picture,
  ProcessIdentity,
  ProcessUsage,
  SavedState,
  SaveRequest,
} from '../port.ts'
import * as graph from './block-graph.ts'
import { explaining } from './errors.ts'
import { restoreHugePages } from './huge-pages.ts'
import { endMerge, merge } from './merge.ts'
import { nodeName } from './nodes.ts'
import { takePicture } from './picture.ts'
import { isAlive, killProcess, logTail } from './process.ts'
import { usageOfProcess } from './process-usage.ts'
import { QmpError, type QmpSession } from './qmp/session.ts'
import { saveState } from './save-state.ts'

const migrationSchema = z.object({ status: z.string().optional() })
const recoverTimeoutMs = 30_000
/** A save that begins while huge pages are being put back has a longer pause; nobody shall wait long for it. */
const hugePagesPatienceMs = 1500
const characterDevicesSchema = z.array(z.object({ label: z.string(), 'frontend-open': z.boolean() }))
const statusSchema = z.object({ status: z.string(), running: z.boolean() })

/** Run states of QEMU in which the guest cannot go on by `cont` without something being mended first. */
const stuckStates = new Set(['io-error', 'internal-error', 'guest-panicked', 'watchdog'])

/** A process that lives so much longer than its monitor's connection has not ended with it. */
const lostAfterMs = 2000

/** One QEMU process of a VM, through its monitor. */
export class QemuInstance implements Instance {
  readonly identity: ProcessIdentity
  readonly agentSocket: string
  readonly exited: Promise<Exit>
  readonly #session: QmpSession
  #cleanShutdown = false
  #shutdownReason = ''
  #letGo = false
  /** An operation of ours holds the guest for some milliseconds; to everybody else it runs. */
  #standsBriefly = false
  /** Huge pages being put back after a save; the next save waits for that a little, for a short pause. */
  #hugePages: Promise<unknown> = Promise.resolve()
  readonly #lost = Promise.withResolvers<void>()
  readonly disconnected = this.#lost.promise

  constructor(identity: ProcessIdentity, session: QmpSession) {
    this.identity = identity
    this.agentSocket = `${identity.runFolder}/agent.sock`
    this.#session = session
    session.on('SHUTDOWN', ({ data }) => {
      this.#shutdownReason = String(data.reason)
      this.#cleanShutdown = data.reason === 'guest-shutdown'
    })
    this.exited = session.closed.then(() => this.#exit())
  }

  async powerState(): Promise<PowerState> {
    const { status, running } = statusSchema.parse(await this.#session.execute('query-status'))
    if (running) return 'running'
    if (stuckStates.has(status)) return 'stuck'
    return this.#standsBriefly ? 'running' : 'paused'
  }

  async pause(): Promise<void> {
    await explaining('Pausing the VM', () => this.#session.execute('stop'))
  }

  async resume(): Promise<void> {
    await explaining('Resuming the VM', () => this.#session.execute('cont'))
  }

  async requestShutdown(): Promise<void> {
    await explaining('Pressing the power button', () => this.#session.execute('system_powerdown'))
  }

  async kill(): Promise<void> {
    await killProcess(this.identity)
    await this.exited
  }

  disconnect(): void {
    this.#letGo = true
    this.#session.close()
  }

  activeLayers(): Promise<Map<DiskId, LayerId>> {
    return graph.activeLayersOf(this.#session)
  }

  openLayerIds(): Promise<Set<LayerId>> {
    return graph.openLayerIds(this.#session)
  }

  openLayers(layers: readonly Layer[]): Promise<void> {
    return graph.openLayers(this.#session, layers)
  }

  closeLayers(layerIds: readonly LayerId[]): Promise<void> {
    return graph.closeLayers(this.#session, layerIds)
  }

  growLayer(layer: Layer, sizeBytes: number): Promise<void> {
    return graph.growLayer(this.#session, layer, sizeBytes)
  }

  switchDisks(switches: readonly DiskSwitch[]): Promise<number> {
    return graph.switchDisks(this.#session, switches)
  }

  async saveState(request: SaveRequest): Promise<SavedState> {
    await Promise.race([this.#hugePages, sleep(hugePagesPatienceMs)])
    this.#standsBriefly = (await this.powerState()) === 'running'
    try {
      return await saveState(this.#session, request)
    } finally {
      this.#standsBriefly = false
      if (isAlive(this.identity)) this.#hugePages = restoreHugePages(this.identity.pid, request.memoryMiB)
    }
  }

  async hasAgent(): Promise<boolean> {
    const devices = characterDevicesSchema.parse(await this.#session.execute('query-chardev'))
    return devices.find(({ label }) => label === 'agent')?.['frontend-open'] ?? false
  }

  async announce(): Promise<void> {
    await explaining('Announcing the network cards', () =>
      this.#session.execute('announce-self', { initial: 50, max: 550, rounds: 5, step: 100 }),
    )
  }

  usage(): ProcessUsage | null {
    return usageOfProcess(this.identity)
  }

  picture(): Promise<Picture> {
    return takePicture(this.#session, this.identity.runFolder)
  }

  async isLoadingMemory(): Promise<boolean> {
    const { status } = migrationSchema.parse(await this.#session.execute('query-migrate'))
    return status?.startsWith('postcopy-') ?? false
  }

  async awaitMemorySource(socketPath: string, signal: AbortSignal): Promise<void> {
    // QEMU refuses until it has noticed that the old connection is broken.
    await pollUntil(
      async () => {
        try {
          await this.#session.executeOutOfBand('migrate-recover', { uri: `unix:${socketPath}` })
          return true
        } catch (error) {
          if (error instanceof QmpError) return undefined
          throw error
        }
      },
      {
        timeoutMs: recoverTimeoutMs,
        everyMs: 20,
        what: 'QEMU waiting for a new source of its memory',
        signal,
      },
    )
  }

  memoryIsResident(memoryMiB: number): void {
    // Pages that came one by one are small ones.
    this.#hugePages = restoreHugePages(this.identity.pid, memoryMiB)
  }

  async endMerge(lower: Layer): Promise<void> {
    await endMerge(this.#session, lower)
  }

  async merge(request: MergeRequest): Promise<void> {
    let wasRunning = false
    const merged = merge(
      {
        session: this.#session,
        topOf: async (childNode) => {
          if (request.childIsActive) return childNode
          const active = (await this.activeLayers()).get(request.child.diskId)
          if (!active)
            throw new StillpointError('hypervisor_failed', `QEMU has no disk "${request.child.diskId}".`)
          return nodeName(active)
        },
        standStill: async () => {
          wasRunning = (await this.powerState()) === 'running'
          this.#standsBriefly = wasRunning
          if (wasRunning) await this.pause()
        },
        goOn: async () => {
          if (wasRunning) await this.resume()
          this.#standsBriefly = false
        },
        flush: (node) => this.#flush(node),
      },
      request,
    )
    await merged.finally(() => {
      this.#standsBriefly = false
    })
  }

  /** QEMU's caches of an image hold metadata that SIGKILL would lose; only the human monitor can flush one node. */
  async #flush(node: string): Promise<void> {
    const answer = await this.#session.execute('human-monitor-command', {
      'command-line': `qemu-io ${node} flush`,
    })
    if (answer !== '') {
      throw new StillpointError(
        'hypervisor_failed',
        `QEMU could not flush layer "${node}": ${String(answer).trim()}`,
      )
    }
  }

  /** A closed monitor is not yet the end of the process: nobody may take the VM for off before it is. */
  async #exit(): Promise<Exit> {
    for (let waitedMs = 0; isAlive(this.identity); waitedMs += 10) {
      if (waitedMs === lostAfterMs && !this.#letGo) this.#lost.resolve()
      await sleep(waitedMs < lostAfterMs ? 10 : 500)
    }
    const log = logTail(`${this.identity.runFolder}/qemu.log`)
    const reason = this.#shutdownReason || `QEMU ended without a word; its log: ${log}`
    return { cleanShutdown: this.#cleanShutdown, reason }
  }
}
