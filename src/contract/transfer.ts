import { z } from 'zod'
import { vmViewSchema } from './vm.ts'

/** Each disk as one image, or as the images that it consists of. */
export const exportLayouts = ['flattened', 'chained'] as const
export type ExportLayout = (typeof exportLayouts)[number]

export const exportCheckpointSchema = z.strictObject({
  /** Absolute, on the host; new, empty, or of an export of the same that was cut off, which goes on then. */
  folder: z.string().startsWith('/'),
  layout: z.enum(exportLayouts).default('flattened'),
  /** False: a standard checkpoint is exported as disks only, and is an offline one after the import. */
  memory: z.boolean().default(true),
})
export type ExportCheckpoint = z.infer<typeof exportCheckpointSchema>

export const exportResultSchema = z.object({
  folder: z.string(),
  vm: z.object({ id: z.string(), name: z.string() }),
  checkpoint: z.object({ id: z.string(), name: z.string() }),
  layout: z.enum(exportLayouts),
  disks: z.int(),
  /** The memory is part of it. */
  memory: z.boolean(),
  /** All files of the folder. */
  sizeBytes: z.int(),
  /** Of these, what an earlier attempt had finished. */
  reusedBytes: z.int(),
})
export type ExportResult = z.infer<typeof exportResultSchema>

/** New: ids, network address and system UUID of its own; keep: those of the VM that was exported. */
export const identities = ['new', 'keep'] as const
export type Identity = (typeof identities)[number]

export const importVmSchema = z.strictObject({
  /** Absolute, on the host. */
  folder: z.string().startsWith('/'),
  /** Default: the name that the VM had. */
  name: z.string().optional(),
  identity: z.enum(identities).default('new'),
})
export type ImportVm = z.infer<typeof importVmSchema>

export const importResultSchema = z.object({
  vm: vmViewSchema,
  checkpoint: z.object({ id: z.string(), name: z.string() }),
  identity: z.enum(identities),
  /** What to know before the checkpoint is applied. */
  warnings: z.array(z.string()),
})
export type ImportResult = z.infer<typeof importResultSchema>
