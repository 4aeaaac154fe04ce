import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { writeFileDurably } from '../core/durable-file.ts'
import { messageOf, StillpointError } from '../core/error.ts'
import { checkpointKinds, displays, firmwares, memoryBackings, networks, tpms } from '../vm/config.ts'
import { settingsSchema } from '../vm/settings.ts'
import {
  checkpointRecordSchema,
  consistencies,
  groupMembershipSchema,
  guardDecisionSchema,
} from './checkpoint.ts'
import type { VmDocument } from './document.ts'
import { checkDocument } from './invariants.ts'
import { upgradeDocument } from './upgrade.ts'

const hardware = z.object({
  machineType: z.string(),
  cpuModel: z.string(),
  cpus: z.int(),
  memoryMiB: z.int(),
  memoryBacking: z.enum(memoryBackings),
  firmware: z.enum(firmwares),
  network: z.enum(networks),
  macAddress: z.string(),
  display: z.enum(displays),
  tpm: z.enum(tpms),
  generationDevice: z.boolean(),
  systemUuid: z.string(),
  boot: z.object({ kernel: z.string(), initrd: z.string().nullable(), append: z.string() }).nullable(),
  disks: z.array(z.object({ id: z.string(), role: z.enum(['data', 'uefi-vars']) })),
})
const layer = z.object({
  id: z.string(),
  diskId: z.string(),
  file: z.string(),
  format: z.enum(['qcow2', 'raw']),
  parentId: z.string().nullable(),
  virtualSizeBytes: z.int(),
  linked: z.boolean(),
})
const checkpoint = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  name: z.string(),
  notes: z.string(),
  kind: z.enum(checkpointKinds),
  createdAt: z.string(),
  hardware,
  disks: z.record(z.string(), z.string()),
  memory: z
    .object({
      file: z.string(),
      sizeBytes: z.int(),
      sha256: z.string(),
      capture: z.enum(['background', 'stopped']),
      sources: z.array(z.string()),
    })
    .nullable(),
  tpmState: z.string().nullable(),
  automatic: z.boolean(),
  expiresAt: z.string().nullable(),
  group: groupMembershipSchema.nullable(),
  record: checkpointRecordSchema,
})
const instance = z.object({
  runFolder: z.string(),
  pid: z.int(),
  processStart: z.string(),
  startedAt: z.string(),
  qemuVersion: z.string(),
  resumePending: z.boolean(),
  loading: z.object({ file: z.string(), sha256: z.string(), sources: z.array(z.string()) }).nullable(),
})
const documentSchema = z.object({
  format: z.literal(1),
  revision: z.int(),
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string(),
  createdAt: z.string(),
  hardware,
  settings: z.object(settingsSchema.shape),
  tags: z.array(z.string()),
  generationId: z.string(),
  tpmFolder: z.string().nullable(),
  layers: z.record(z.string(), layer),
  active: z.record(z.string(), z.string()),
  nowParentId: z.string().nullable(),
  checkpoints: z.array(checkpoint),
  discarded: z.array(
    z.object({
      state: checkpoint,
      expiresAt: z.string(),
      applied: z.string(),
      cause: z.enum(['apply', 'undo']),
      powerState: z.enum(['off', 'running', 'paused']),
    }),
  ),
  lastApply: z
    .object({ checkpointName: z.string(), at: z.string(), guards: z.array(guardDecisionSchema) })
    .nullable(),
  offConsistency: z.enum(consistencies),
  instance: instance.nullable(),
  retiring: z.array(instance),
  keptImages: z.array(z.string()),
  garbage: z.array(z.string()),
})

/** A document from text that may have been damaged or written by hand. Error: `inventory_damaged`. */
export function parseDocument(text: string, source: string): VmDocument {
  try {
    // The schema checks every field; what it cannot express are the brands of the ids.
    const document = documentSchema.parse(upgradeDocument(JSON.parse(text))) as unknown as VmDocument
    checkDocument(document)
    return document
  } catch (error) {
    if (error instanceof StillpointError) throw error
    throw new StillpointError(
      'inventory_damaged',
      `"${source}" is not a record of a VM: ${messageOf(error)}`,
      { cause: error },
    )
  }
}

export async function writeVmJson(file: string, document: VmDocument): Promise<void> {
  await writeFileDurably(file, `${JSON.stringify(document, null, 1)}\n`)
}

export async function readVmJson(file: string): Promise<VmDocument> {
  return parseDocument(await readFile(file, 'utf8'), file)
}

/** Whether the file holds exactly this document; false also when it cannot be read. */
export async function holdsDocument(file: string, document: VmDocument): Promise<boolean> {
  try {
    return isDeepStrictEqual(JSON.parse(await readFile(file, 'utf8')), document)
  } catch {
    return false // whatever it is, it is written anew
  }
}
