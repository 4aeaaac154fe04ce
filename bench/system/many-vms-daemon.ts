import { readFileSync } from 'node:fs'
import { TestDaemon } from '../../test/fixtures/daemon.ts'
import { type ManyVms, makeManyVms } from '../../test/fixtures/many-vms.ts'
import type { Workshop } from '../harness/workshop.ts'

/** Numbers of VMs that are measured. */
export function counts({ quick }: Workshop): number[] {
  return quick ? [100, 300] : [1000, 10_000]
}

/** A daemon whose home folder holds so many VMs; all of them are in order when it is returned. */
export async function daemonWith(workshop: Workshop, vms: ManyVms): Promise<TestDaemon> {
  workshop.say(`  making ${vms.count} VMs`)
  const daemon = workshop.own(await TestDaemon.start())
  await daemon.stop()
  await makeManyVms(daemon.home, vms)
  await daemon.start()
  await allInOrder(daemon)
  return daemon
}

/** Until then a VM that was not looked at yet counts as broken. */
export async function allInOrder({ client }: TestDaemon): Promise<void> {
  for (;;) {
    const vms = await client.listVms()
    if (vms.every(({ state }) => state === 'off')) return
  }
}

/** The daemon's memory: now, or the most that it ever had. */
export function memoryMiB({ pid }: TestDaemon, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
}

export async function timed<T>(work: () => Promise<T>): Promise<{ value: T; tookMs: number }> {
  const startedAt = performance.now()
  const value = await work()
  return { value, tookMs: performance.now() - startedAt }
}
