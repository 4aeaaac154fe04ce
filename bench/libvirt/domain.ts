import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pollUntil } from '../../src/core/deadline.ts'
import { qemuPrograms } from '../../src/hypervisor/qemu/hypervisor.ts'
import { buildGuest } from '../../tools/guest/build.ts'
import { makeExt4Disk } from '../../tools/guest/disk.ts'
import { HeartbeatWatch } from '../harness/heartbeat.ts'
import type { Workshop } from '../harness/workshop.ts'
import { domainXml } from './domain-xml.ts'
import { findProgram } from './install.ts'
import { give, Libvirt } from './server.ts'
import { VirshShell } from './shell.ts'

/** The same guest as ours, as a domain of a libvirt that all cases share. */
export class Domain implements AsyncDisposable {
  readonly libvirt: Libvirt
  readonly shell: VirshShell
  readonly name = 'bench'
  readonly consoleLog: string
  /** The image that it was defined with. */
  readonly disk: string

  readonly #folder: string

  private constructor(libvirt: Libvirt, folder: string) {
    this.libvirt = libvirt
    this.shell = new VirshShell(libvirt)
    this.#folder = folder
    this.consoleLog = this.path('console.log')
    this.disk = this.path('disk.qcow2')
  }

  /** The domain is off. */
  static async open(
    workshop: Workshop,
    { memoryMiB, diskMiB = 256 }: { memoryMiB: number; diskMiB?: number },
  ): Promise<Domain> {
    const libvirt = await workshop.shared('libvirt', () => Libvirt.start(workshop))
    const guest = await buildGuest()
    const program = qemuPrograms(process.env.STILLPOINT_QEMU ?? null).system
    const emulator = await findProgram(program)
    if (emulator === null) throw new Error(`"${program}" is not installed`)
    const domain = new Domain(libvirt, await libvirt.newFolder())
    await makeExt4Disk(domain.disk, { sizeMiB: diskMiB, format: 'qcow2' })
    await give(domain.disk)
    await domain.file('console.log', '')
    const xml = domainXml({
      name: domain.name,
      type: process.env.STILLPOINT_ACCEL === 'kvm' ? 'kvm' : 'qemu',
      emulator,
      memoryMiB,
      kernel: await domain.file('vmlinuz', await readFile(guest.kernel)),
      initrd: await domain.file('initrd', await readFile(guest.initrd)),
      append: guest.append,
      disk: domain.disk,
      consoleLog: domain.consoleLog,
    })
    await libvirt.virsh('define', await domain.file('domain.xml', xml))
    return domain
  }

  async boot(): Promise<void> {
    const before = (await this.console()).length
    await this.libvirt.virsh('start', this.name)
    await pollUntil(
      async () => ((await this.console()).includes('STILLPOINT-GUEST ready', before) ? true : undefined),
      { timeoutMs: 120_000, everyMs: 50, what: "The boot of libvirt's guest" },
    )
  }

  /** Runs a shell command in the guest through its agent. Fails when it does. */
  async run(command: string, timeoutMs = 60_000): Promise<string> {
    const arg = ['-c', command]
    const { pid } = await this.#agent('guest-exec', { path: '/bin/sh', arg, 'capture-output': true })
    const giveUpAt = performance.now() + timeoutMs
    for (;;) {
      const status = await this.#agent('guest-exec-status', { pid })
      const text = (key: string) => Buffer.from(String(status[key] ?? ''), 'base64').toString()
      if (status.exited && status.exitcode === 0) return text('out-data')
      if (status.exited) throw new Error(`"${command}" failed in libvirt's guest: ${text('err-data')}`)
      if (performance.now() > giveUpAt) throw new Error(`"${command}" did not end in libvirt's guest`)
      await sleep(100)
    }
  }

  watch(): Promise<HeartbeatWatch> {
    return HeartbeatWatch.open(this.consoleLog)
  }

  /** Where a file of the domain's of this name belongs. */
  path(name: string): string {
    return join(this.#folder, name)
  }

  /** Writes a file where libvirt may read it; returns its path. */
  async file(name: string, content: string | Buffer): Promise<string> {
    const path = this.path(name)
    await writeFile(path, content)
    await give(path)
    return path
  }

  /** Ends the domain, forgets it and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shell[Symbol.asyncDispose]()
    await this.libvirt.virsh('destroy', this.name).catch(() => {}) // it may be off
    await this.libvirt.virsh('undefine', this.name, '--snapshots-metadata').catch(() => {}) // or unknown
    await rm(this.#folder, { recursive: true, force: true })
  }

  console(): Promise<string> {
    return readFile(this.consoleLog, 'latin1')
  }

  async #agent(execute: string, args: object): Promise<Record<string, unknown>> {
    const command = JSON.stringify({ execute, arguments: args })
    const ask = () => this.libvirt.virsh('qemu-agent-command', this.name, command)
    const answer = await pollUntil(
      () =>
        ask().catch((error: Error) => {
          if (/agent is not (connected|responding)/i.test(error.message)) return undefined
          throw error
        }),
      { timeoutMs: 30_000, everyMs: 100, what: "The agent of libvirt's guest" },
    )
    return (JSON.parse(answer) as { return: Record<string, unknown> }).return // as QEMU's agent answers
  }
}
