import { z } from 'zod'
import { findingCodes, findingSeverities } from '../doctor/finding.ts'

export const findingViewSchema = z.object({
  code: z.enum(findingCodes),
  /** `error`: something cannot be used; `warning`: it can, and something is wrong; `info`: untidy. */
  severity: z.enum(findingSeverities),
  vmId: z.string().nullable(),
  vmName: z.string().nullable(),
  /** The file or folder that it is about. */
  subject: z.string(),
  problem: z.string(),
  evidence: z.string(),
  /** What a repair does; or, where there is none, what only the user can do. */
  remedy: z.string(),
  isRepairable: z.boolean(),
})
export type FindingView = z.infer<typeof findingViewSchema>

export const findingsSchema = z.object({ findings: z.array(findingViewSchema) })
export type Findings = z.infer<typeof findingsSchema>

export const repairSchema = z.strictObject({
  /** Name or id; left out: all VMs, and what is beside them. */
  vm: z.string().optional(),
  /** Repair these only; left out: all that can be. */
  codes: z.array(z.enum(findingCodes)).optional(),
  /** Without it the call is refused with `confirmation_required`. */
  confirm: z.boolean().default(false),
})
export type RepairRequest = z.infer<typeof repairSchema>

export const repairResultSchema = z.object({
  /** Folder with the copy of the metadata from before; null when nothing could be repaired. */
  savedTo: z.string().nullable(),
  repaired: z.array(z.object({ finding: findingViewSchema, outcome: z.string(), isDone: z.boolean() })),
  /** What is found after it. */
  left: z.array(findingViewSchema),
})
export type RepairResult = z.infer<typeof repairResultSchema>
