import { z } from 'zod'

export const volumeViewSchema = z.object({
  /** The folder that it is mounted on. */
  mountPoint: z.string(),
  sizeBytes: z.int(),
  freeBytes: z.int(),
  /** Occupied by files of VMs, images that are used in place among them. */
  vmBytes: z.int(),
  /** Of everything on it, whoever writes; null when it is not known yet. */
  growthBytesPerHour: z.number().nullable(),
  /** When it is full at this growth; null when that is not to be foreseen. */
  fullAt: z.string().nullable(),
  /** `warning`: in less than 24 h; `error`: in less than 3 h. */
  level: z.enum(['ok', 'warning', 'error']),
  /** What grows most comes first. */
  vms: z.array(
    z.object({
      vmId: z.string(),
      name: z.string(),
      bytes: z.int(),
      growthBytesPerHour: z.number().nullable(),
    }),
  ),
})
export type VolumeView = z.infer<typeof volumeViewSchema>

export const storageViewSchema = z.object({
  /** File systems with files of VMs; that of the home folder comes first. */
  volumes: z.array(volumeViewSchema),
  vms: z.array(
    z.object({
      vmId: z.string(),
      name: z.string(),
      /** What there would be without checkpoints. */
      baseBytes: z.int(),
      /** Differencing disks, Now's among them. */
      layerBytes: z.int(),
      memoryBytes: z.int(),
      growthBytesPerHour: z.number().nullable(),
      checkpoints: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          createdAt: z.string(),
          diskBytes: z.int().nullable(),
          memoryBytes: z.int().nullable(),
          /** How long the guest stood still, and its file systems were frozen; null when they were not. */
          pauseMs: z.number().nullable(),
          frozenMs: z.number().nullable(),
        }),
      ),
    }),
  ),
})
export type StorageView = z.infer<typeof storageViewSchema>

export const storageHistoryDays = { min: 1, max: 30, default: 7 } as const

export const storageHistorySchema = z.object({
  /** Those of the daemon's last look, which it takes each minute. */
  volumes: z.array(
    z.object({
      mountPoint: z.string(),
      /** Oldest first: each minute of the last two hours, each hour before them. */
      samples: z.array(z.object({ at: z.string(), usedBytes: z.int() })),
    }),
  ),
})
export type StorageHistory = z.infer<typeof storageHistorySchema>

export const reportDefaults = { olderThanDays: 7, moreThan: 3 } as const

export const reportViewSchema = z.object({
  olderThanDays: z.number(),
  moreThan: z.int(),
  /** VMs with forgotten checkpoints; what occupies most comes first. */
  vms: z.array(
    z.object({
      vmId: z.string(),
      name: z.string(),
      checkpoints: z.int(),
      oldest: z.object({ id: z.string(), name: z.string(), createdAt: z.string() }),
      /** Differencing disks and memory images. */
      bytes: z.int(),
      growthBytesPerHour: z.number().nullable(),
      /** Why it is listed, in words. */
      reasons: z.array(z.string()),
      /** What to do about it, in words. */
      advice: z.string(),
    }),
  ),
  totals: z.object({ vms: z.int(), checkpoints: z.int(), bytes: z.int() }),
  volumes: z.array(volumeViewSchema),
})
export type ReportView = z.infer<typeof reportViewSchema>
