import { writeFileSync } from 'node:fs'

/** Asks the kernel to end other processes first when memory runs out: a guest depends on this one. Only root may. */
export function spareFromOutOfMemory(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '-900')
  } catch {
    // Not root: the kernel treats it as any other process.
  }
}
