import { rm } from 'node:fs/promises'
import { neverAborted } from '../../src/core/cancel.ts'
import { noProgress } from '../../src/core/progress.ts'
import type { Instance, MemoryTarget } from '../../src/hypervisor/port.ts'
import { createHypervisor, qemuPrograms } from '../../src/hypervisor/qemu/hypervisor.ts'
import { type MemoryReceiver, receiveMemory } from '../../src/memory/capture/receiver.ts'
import { StillpointGuest } from '../checkpoint/stillpoint-guest.ts'
import { nowMs } from '../harness/heartbeat.ts'
import type { Workshop } from '../harness/workshop.ts'

/** A guest without a daemon: its QEMU is ours to command, so that another process can take its memory. */
export class DirectGuest implements AsyncDisposable {
  readonly vm: StillpointGuest['vm']
  readonly #guest: StillpointGuest
  readonly #instance: Instance
  readonly #memoryMiB: number

  private constructor(guest: StillpointGuest, instance: Instance, memoryMiB: number) {
    this.vm = guest.vm
    this.#guest = guest
    this.#instance = instance
    this.#memoryMiB = memoryMiB
  }

  /** The guest runs, as `prepare` left it; its daemon is ended. */
  static async open(
    workshop: Workshop,
    memoryMiB: number,
    prepare: (guest: StillpointGuest) => Promise<void>,
  ): Promise<DirectGuest> {
    const guest = await StillpointGuest.open(workshop, { memoryMiB })
    await guest.vm.boot()
    await prepare(guest)
    await guest.daemon.stop()
    const { instance: record } = await guest.vm.document()
    const accelerator = process.env.STILLPOINT_ACCEL === 'kvm' ? 'kvm' : 'tcg'
    const hypervisor = await createHypervisor(qemuPrograms(process.env.STILLPOINT_QEMU ?? null), accelerator)
    const instance = record && (await hypervisor.attach(record, neverAborted))
    if (!instance) throw new Error('the guest ended with its daemon')
    return new DirectGuest(guest, instance, memoryMiB)
  }

  /** Where a file of this name belongs. */
  path(name: string): string {
    return `${this.#guest.daemon.home}/${name}`
  }

  /** Has QEMU send its memory as for a checkpoint; from the end of the pause to the end of the stream. */
  async save(target: MemoryTarget): Promise<{ streamMs: number; pauseMs: number }> {
    let goesOnMs = Number.NaN
    const { pauseMs } = await this.#instance.saveState({
      memoryMiB: this.#memoryMiB,
      switches: [],
      target,
      progress: noProgress,
      signal: neverAborted,
      onSwitched: () => {
        goesOnMs = nowMs()
      },
    })
    return { streamMs: nowMs() - goesOnMs, pauseMs }
  }

  /** The product's own process, making an image at `file`. */
  async receiver(imageId: string, file: string, parentFile: string | null): Promise<MemoryReceiver> {
    await rm(file, { force: true })
    return await receiveMemory({
      socketPath: this.path('capture.sock'),
      imageId,
      file,
      parentFile,
      avoidImages: [],
      memoryMiB: this.#memoryMiB,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#instance.disconnect()
    await this.#guest[Symbol.asyncDispose]()
  }
}
