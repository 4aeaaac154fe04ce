import { z } from 'zod'
import { volumeViewSchema } from './storage.ts'

/** RFC 9457, with the error's code and details. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  retryable: z.boolean(),
  details: z.record(z.string(), z.unknown()),
})
export type Problem = z.infer<typeof problemSchema>

/** Where the console is served, and the same API over TCP. */
export const consoleAddressSchema = z.object({
  /** As seen from the host of the daemon. */
  url: z.string(),
  /** For other machines; null when it listens for its own host only. */
  urlElsewhere: z.string().nullable(),
  /** The file, on the host of the daemon, with the token to log in with. */
  tokenFile: z.string(),
})

export const healthSchema = z.object({
  version: z.string(),
  hostName: z.string(),
  pid: z.int(),
  home: z.string(),
  startedAt: z.string(),
  qemuVersion: z.string().nullable(),
  accelerator: z.enum(['kvm', 'tcg']).nullable(),
  vms: z.int(),
  /** File systems with files of VMs, as measured a minute ago at most. */
  volumes: z.array(volumeViewSchema),
  /** Null when it listens on no TCP address. */
  console: consoleAddressSchema.nullable(),
})
export type Health = z.infer<typeof healthSchema>

export const rebuildResultSchema = z.object({
  restored: z.array(z.object({ id: z.string(), name: z.string(), checkpoints: z.int() })),
  problems: z.array(z.object({ folder: z.string(), message: z.string() })),
})
export type RebuildResult = z.infer<typeof rebuildResultSchema>
