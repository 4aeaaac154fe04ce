import type { VmId } from '../core/ids.ts'

/** A look at how much processor time a process has used. */
export interface CpuLook {
  /** Tells one process of the VM from the next. */
  readonly process: string
  readonly cpuMs: number
  readonly cpus: number
}

interface Seen extends CpuLook {
  readonly atMs: number
  readonly percent: number | null
}

const forgottenAfterMs = 60_000
/** Over less the kernel's ticks say little; whoever looks so soon again is told what the one before was. */
const shortestMs = 900

/** How busy the processors of VMs were from one look to the next. Nothing is measured while nobody looks. */
export class CpuMeter {
  readonly #monotonicMs: () => number
  readonly #seen = new Map<VmId, Seen>()
  #sweptAtMs = 0

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Percent of all processors of the VM, 0 to 100; null when there is nothing to compare with. */
  percent(vmId: VmId, look: CpuLook): number | null {
    const atMs = this.#monotonicMs()
    this.#sweep(atMs)
    const before = this.#seen.get(vmId)
    const isSame = before?.process === look.process && atMs - before.atMs < forgottenAfterMs
    if (isSame && atMs - before.atMs < shortestMs) return before.percent
    const percent = isSame ? busyPercent(before, look, atMs - before.atMs) : null
    this.#seen.set(vmId, { ...look, atMs, percent })
    return percent
  }

  #sweep(atMs: number): void {
    if (atMs - this.#sweptAtMs < forgottenAfterMs) return
    this.#sweptAtMs = atMs
    for (const [vmId, seen] of this.#seen) {
      if (atMs - seen.atMs >= forgottenAfterMs) this.#seen.delete(vmId)
    }
  }
}

/** QEMU has threads beside those of the processors, so that it can use more than the VM has. */
function busyPercent(before: CpuLook, now: CpuLook, elapsedMs: number): number {
  const percent = ((now.cpuMs - before.cpuMs) / (elapsedMs * now.cpus)) * 100
  return Math.round(Math.min(100, Math.max(0, percent)) * 10) / 10
}
