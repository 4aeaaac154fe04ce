import type { Workshop } from '../harness/workshop.ts'

/** How large a guest's memory is, and how much of it holds data that does not compress. */
export interface MemorySize {
  readonly memoryMiB: number
  readonly filledMiB: number
}

/** What the guest rewrites of its memory all the time. */
export const dirtyMiBPerS = 8

export const small: MemorySize = { memoryMiB: 512, filledMiB: 300 }
export const large: MemorySize = { memoryMiB: 2048, filledMiB: 1200 }

export function memorySizes({ quick }: Workshop): readonly MemorySize[] {
  if (!quick) return [small, large]
  return [
    { memoryMiB: 192, filledMiB: 30 },
    { memoryMiB: 256, filledMiB: 60 },
  ]
}

/** What a layer holds that has to be merged. */
export function mergedMiB({ quick }: Workshop): number {
  return quick ? 100 : 500
}

/** How many checkpoints a VM has when one more is made. */
export function depths({ quick }: Workshop): readonly number[] {
  return quick ? [1, 10] : [1, 10, 50, 100]
}
