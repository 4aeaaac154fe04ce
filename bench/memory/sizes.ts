import type { Workshop } from '../harness/workshop.ts'

/** What of the guest's memory holds data of its own. */
const filledShare = 0.6

export const filledMiB = (memoryMiB: number) => Math.round(memoryMiB * filledShare)

/** Sizes of guest memory, the smallest first. */
export function memorySizes({ quick, sizes }: Workshop): readonly number[] {
  if (sizes.length > 0) return sizes
  return quick ? [256, 512] : [512, 2048, 8192]
}

/** Of the guest in the cases that need one size only. */
export function oneSize({ quick }: Workshop): number {
  return quick ? 512 : 2048
}
