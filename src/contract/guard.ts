import { z } from 'zod'
import { guardActions, guards } from '../vm/guards.ts'

export const guardViewSchema = z.object({
  guard: z.enum(guards),
  title: z.string(),
  /** What speaks for it; empty when the risk was not found. */
  evidence: z.array(z.string()),
  /** What the settings of the VM say; null: nothing. */
  setting: z.enum(guardActions).nullable(),
  /** What is done about the risk when a checkpoint is created. */
  onCreate: z.enum(guardActions),
  /** When a standard checkpoint is applied. */
  onApply: z.enum(guardActions),
  /** When a checkpoint without memory is applied. */
  onApplyWithoutMemory: z.enum(guardActions),
  risk: z.string(),
  remedy: z.object({ create: z.string(), apply: z.string() }),
})
export type GuardView = z.infer<typeof guardViewSchema>

export const guardsViewSchema = z.object({
  vmId: z.string(),
  vmName: z.string(),
  guards: z.array(guardViewSchema),
  guest: z.object({
    /** When its agent was asked last; null: never. */
    askedAt: z.string().nullable(),
    osName: z.string().nullable(),
    /** Why it is not known, or not known any more, what runs in it; null when it is. */
    unknown: z.string().nullable(),
  }),
})
export type GuardsView = z.infer<typeof guardsViewSchema>

/** A risk, in the details of `guard_confirmation_required` and `guard_forbidden`. */
export const guardFindingsSchema = z.object({
  guards: z.array(
    z.object({
      guard: z.enum(guards),
      title: z.string(),
      action: z.enum(guardActions),
      evidence: z.string(),
      risk: z.string(),
      remedy: z.string(),
    }),
  ),
})
export type GuardFindings = z.infer<typeof guardFindingsSchema>['guards']
