import { z } from 'zod'
import { consistencies, guardDecisionSchema } from '../inventory/checkpoint.ts'
import { displays, firmwares, limits, memoryBackings, networks, tpms } from '../vm/config.ts'
import { vmActions } from '../vm/power.ts'
import { settingsSchema } from '../vm/settings.ts'

const range = (bounds: { min: number; max: number }) => z.int().min(bounds.min).max(bounds.max)

/** For rules over many VMs, and for guards: `role:domain-controller`. */
export const tagsSchema = z.array(z.string().trim().min(1).max(limits.tags.length)).max(limits.tags.count)

/** A disk of a new VM: an existing image, or an empty one of a size. Paths are absolute, on the host. */
export const newDiskSchema = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('image'),
    path: z.string().startsWith('/'),
    /** `copy` leaves the image alone; `link` uses it in place and writes to it. */
    use: z.enum(['copy', 'link']),
    /** The backing file that the image's header may name; only with `copy`, which flattens it. */
    backing: z.string().startsWith('/').nullable().default(null),
  }),
  z.strictObject({ source: z.literal('empty'), sizeBytes: z.int().min(512) }),
])
export type NewDisk = z.infer<typeof newDiskSchema>

export const growDiskSchema = z.strictObject({
  /** The new size; a disk can only grow. */
  sizeBytes: z.int().min(512),
})

export const createVmSchema = z.strictObject({
  name: z.string(),
  memoryMiB: range(limits.memoryMiB).default(1024),
  memoryBacking: z.enum(memoryBackings).default('normal'),
  cpus: range(limits.cpus).default(1),
  disks: z.array(newDiskSchema).max(limits.disks.max).default([]),
  firmware: z.enum(firmwares).default('bios'),
  network: z.enum(networks).default('user'),
  display: z.enum(displays).default('none'),
  tpm: z.enum(tpms).default('none'),
  tags: tagsSchema.default([]),
  boot: z
    .strictObject({
      kernel: z.string().startsWith('/'),
      initrd: z.string().startsWith('/').nullable().default(null),
      append: z.string().default(''),
    })
    .nullable()
    .default(null),
  settings: settingsSchema.partial().default({}),
})
export type CreateVm = z.infer<typeof createVmSchema>

export const updateVmSchema = z.strictObject({
  name: z.string().optional(),
  memoryMiB: range(limits.memoryMiB).optional(),
  memoryBacking: z.enum(memoryBackings).optional(),
  cpus: range(limits.cpus).optional(),
  network: z.enum(networks).optional(),
  display: z.enum(displays).optional(),
  /** The device by which the guest learns that it was put back in time. */
  generationDevice: z.boolean().optional(),
  tags: tagsSchema.optional(),
  settings: settingsSchema.partial().optional(),
})
export type UpdateVm = z.infer<typeof updateVmSchema>

export const stopVmSchema = z.strictObject({
  /** Ends the process at once instead of asking the guest to shut down. */
  force: z.boolean().default(false),
  /** How long the guest may take to shut down, in seconds. */
  timeoutSeconds: z.int().min(1).max(3600).default(120),
})

export const diskViewSchema = z.object({
  id: z.string(),
  role: z.enum(['data', 'uefi-vars']),
  file: z.string(),
  format: z.enum(['qcow2', 'raw']),
  virtualSizeBytes: z.int(),
  /** Allocated by all layers of this disk, also those of checkpoints; null when a file cannot be read. */
  allocatedBytes: z.int().nullable(),
  layers: z.int(),
  linked: z.boolean(),
})

const lastApplySchema = z.object({
  checkpointName: z.string(),
  at: z.string(),
  guards: z.array(guardDecisionSchema).readonly(),
})

export const vmViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** `broken`: an image that it needs is missing or damaged; `brokenReason` names it. */
  state: z.enum(['off', 'running', 'paused', 'stuck', 'broken']),
  brokenReason: z.string().nullable(),
  /** What is being done, as a status column shows it: `Creating Checkpoint (9%)`; null when idle. */
  status: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  memoryMiB: z.int(),
  memoryBacking: z.enum(memoryBackings),
  cpus: z.int(),
  firmware: z.enum(firmwares),
  network: z.enum(networks),
  display: z.enum(displays),
  tpm: z.enum(tpms),
  generationDevice: z.boolean(),
  /** What that device shows: a new value after each apply. */
  generationId: z.string(),
  /** When it was put back last, to what, and which risks were found; null: never. */
  lastApply: lastApplySchema.nullable(),
  machineType: z.string(),
  settings: settingsSchema,
  tags: z.array(z.string()).readonly(),
  disks: z.array(diskViewSchema),
  checkpointCount: z.int(),
  /** What an undo would bring back; null when there is nothing to undo. */
  undo: z
    .object({
      stateId: z.string(),
      applied: z.string(),
      discardedAt: z.string(),
      expiresAt: z.string(),
      consistency: z.enum(consistencies),
    })
    .nullable(),
  nowParentId: z.string().nullable(),
  /** Layers that wait to be merged in the background. */
  waitingMerges: z.int(),
  /** Occupied by memory images whose checkpoints were deleted and that others still refer to. */
  keptMemoryBytes: z.int().nullable(),
  /** How much of the memory of an applied checkpoint is there while the guest runs already; null when all is. */
  memoryResidentPercent: z.int().nullable(),
  folder: z.string(),
  consoleLog: z.string().nullable(),
  /** Unix socket of the display while the VM runs with `vnc`. */
  vncSocket: z.string().nullable(),
  /** Why an action is not possible now; an action that is possible is absent. */
  refusals: z.partialRecord(z.enum(vmActions), z.string()),
})
export type VmView = z.infer<typeof vmViewSchema>

/** A VM as a list shows it, for which no image file is looked at. */
export const vmRowSchema = vmViewSchema.pick({
  id: true,
  name: true,
  state: true,
  brokenReason: true,
  status: true,
  startedAt: true,
  memoryMiB: true,
  cpus: true,
  display: true,
  tags: true,
  checkpointCount: true,
  waitingMerges: true,
})
export type VmRow = z.infer<typeof vmRowSchema>
