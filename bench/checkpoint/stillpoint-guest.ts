import type { CheckpointView } from '../../src/contract/checkpoint.ts'
import { TestDaemon } from '../../test/fixtures/daemon.ts'
import { type GuestOptions, GuestVm } from '../../test/fixtures/guest-vm.ts'
import { HeartbeatWatch } from '../harness/heartbeat.ts'
import type { Workshop } from '../harness/workshop.ts'
import { endHelpers } from './helpers.ts'

/** A daemon of its own with one VM, and what the cases do with it. */
export class StillpointGuest implements AsyncDisposable {
  readonly daemon: TestDaemon
  readonly vm: GuestVm

  readonly #say: Workshop['say']

  private constructor(daemon: TestDaemon, vm: GuestVm, say: Workshop['say']) {
    this.#say = say
    this.daemon = daemon
    this.vm = vm
  }

  /** The VM is off. It is emulated unless `STILLPOINT_ACCEL` says otherwise, so that figures can be compared. */
  static async open(workshop: Workshop, options: GuestOptions): Promise<StillpointGuest> {
    const environment = { STILLPOINT_ACCEL: process.env.STILLPOINT_ACCEL ?? 'tcg' }
    const daemon = workshop.own(await TestDaemon.start(environment))
    return workshop.own(
      new StillpointGuest(daemon, await GuestVm.create(daemon, 'bench', options), workshop.say),
    )
  }

  async watch(): Promise<HeartbeatWatch> {
    const { consoleLog } = await this.daemon.client.showVm(this.vm.name)
    if (consoleLog === null) throw new Error('the VM has no console log')
    return await HeartbeatWatch.open(consoleLog)
  }

  async create(): Promise<CheckpointView> {
    const task = await this.daemon.done(this.daemon.client.createCheckpoint(this.vm.name))
    return task.result as CheckpointView // of a checkpoint.create task
  }

  /** Deletes it and waits until nothing is left to merge. */
  async delete(checkpointId: string): Promise<void> {
    const { client } = this.daemon
    await this.daemon.done(client.deleteCheckpoint(this.vm.name, checkpointId, { subtree: false }))
    await this.daemon.settled(this.vm.name)
  }

  async stop(): Promise<void> {
    await this.daemon.done(this.daemon.client.stopVm(this.vm.name))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]()
    const hanging = await endHelpers(this.daemon.home)
    if (hanging > 0) this.#say(`  ${hanging} helper process(es) hung at their end and were killed`)
  }
}
