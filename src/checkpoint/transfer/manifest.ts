import { z } from 'zod'
import { type Checkpoint, checkpointRecordSchema } from '../../inventory/checkpoint.ts'
import {
  checkpointKinds,
  displays,
  firmwares,
  type Hardware,
  limits,
  memoryBackings,
  networks,
  tpms,
} from '../../vm/config.ts'
import { settingsSchema } from '../../vm/settings.ts'

/** The file that makes a folder an export; it is written last. */
export const manifestFile = 'export.json'

/**
 * What an export may name: a plain name in one of the folders of an export. Nothing else can be read or
 * written by way of `export.json`, whoever wrote it.
 */
const filePattern =
  /^(disks\/(disk\d{1,3}|uefi)(-\d{1,4})?\.(qcow2|raw)|memory\/[0-9a-f]{12}\.spm|tpm\/state|boot\/(kernel|initrd))$/
const file = z.string().regex(filePattern)
const id = z.string().regex(/^[0-9a-f]{12}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const sizeBytes = z.int().min(0)
const time = z.iso.datetime()
/** These become parts of arguments of QEMU, where a comma would begin another one. */
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/)
const range = (bounds: { min: number; max: number }) => z.int().min(bounds.min).max(bounds.max)

const hardware = z.object({
  machineType: word,
  cpuModel: word,
  cpus: range(limits.cpus),
  memoryMiB: range(limits.memoryMiB),
  memoryBacking: z.enum(memoryBackings),
  firmware: z.enum(firmwares),
  network: z.enum(networks),
  macAddress: z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
  display: z.enum(displays),
  tpm: z.enum(tpms),
  generationDevice: z.boolean(),
  systemUuid: z.uuid(),
  /** Paths in the export. */
  boot: z
    .object({
      kernel: z.literal('boot/kernel'),
      initrd: z.literal('boot/initrd').nullable(),
      append: z.string().max(10_000),
    })
    .nullable(),
  disks: z
    .array(z.object({ id: z.string().regex(/^(disk\d{1,3}|uefi)$/), role: z.enum(['data', 'uefi-vars']) }))
    .max(limits.disks.max + 1),
})

const layer = z.object({ file, format: z.enum(['qcow2', 'raw']), virtualSizeBytes: sizeBytes })
export type ExportedLayer = Readonly<z.infer<typeof layer>>

const manifestSchema = z.object({
  format: z.literal(1),
  exportedAt: time,
  layout: z.enum(['flattened', 'chained']),
  vm: z.object({
    id,
    name: z.string(),
    createdAt: time,
    settings: z.object(settingsSchema.shape).partial(),
    tags: z.array(z.string().max(limits.tags.length)).max(limits.tags.count),
  }),
  checkpoint: z.object({
    id,
    name: z.string(),
    notes: z.string().max(limits.notesLength.max),
    kind: z.enum(checkpointKinds),
    createdAt: time,
    hardware,
    record: checkpointRecordSchema,
  }),
  /** Per disk of the hardware, what it consists of, the base first. */
  disks: z.array(z.object({ id: z.string(), layers: z.array(layer).min(1).max(10_000) })),
  memory: z
    .object({
      file,
      sizeBytes,
      /** Of the image's footer. */
      sha256,
      capture: z.enum(['background', 'stopped']),
      /** Other images that pages are read from: files of the export. */
      sources: z.array(file).max(65_535),
    })
    .nullable(),
  tpmState: file.nullable(),
  /** Every file of the export but this one. */
  files: z.array(z.object({ file, sizeBytes, sha256 })),
})
export type Manifest = Readonly<z.infer<typeof manifestSchema>>
export type ExportedFile = Manifest['files'][number]

/** The hardware of a checkpoint as an export has it. */
export type ExportedHardware = Manifest['checkpoint']['hardware']

export function exportedHardware(hardware: Hardware): ExportedHardware {
  const { boot } = hardware
  return {
    ...hardware,
    disks: [...hardware.disks],
    boot: boot && {
      kernel: 'boot/kernel',
      initrd: boot.initrd === null ? null : 'boot/initrd',
      append: boot.append,
    },
  }
}

/**
 * A manifest from text that may have been damaged, or written to do harm. What it names are plain names of files in
 * the export, listed with their checksums, and all parts fit together. Error: Error with what is wrong.
 */
export function parseManifest(text: string): Manifest {
  const value: unknown = JSON.parse(text)
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format !== 1)
    throw new Error(`it is of format ${format}, and only 1 is known to this version`)
  const parsed = manifestSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`${issue?.path.join('.') || 'it'}: ${issue?.message}`)
  }
  requireConsistent(parsed.data)
  return parsed.data
}

function requireConsistent({ checkpoint, disks, memory, tpmState, files }: Manifest): void {
  const { hardware, kind } = checkpoint
  const slots = hardware.disks.map((slot) => slot.id)
  if (new Set(slots).size < slots.length) throw new Error('two disks have the same id')
  const described = disks.map((disk) => disk.id)
  if (slots.toSorted().join() !== described.toSorted().join())
    throw new Error('the disks of the hardware and those that are described differ')
  if ((kind === 'standard') !== (memory !== null))
    throw new Error(`a checkpoint of kind ${kind} ${memory ? 'has no' : 'needs its'} memory`)
  for (const { id: diskId, layers } of disks) {
    const foreign = layers.find((each) => each.file.split(/[/.-]/)[1] !== diskId)
    if (foreign) throw new Error(`"${foreign.file}" is not a file of ${diskId}`)
    const wrong = layers.find((each) => !each.file.endsWith(`.${each.format}`))
    if (wrong) throw new Error(`"${wrong.file}" is said to be ${wrong.format}`)
    const onRaw = layers.findIndex((each, index) => index > 0 && each.format === 'raw')
    if (onRaw !== -1) throw new Error(`raw image "${layers[onRaw]?.file}" cannot stand on another one`)
  }
  const used = [
    ...disks.flatMap(({ layers }) => layers.map((each) => each.file)),
    ...(memory ? [memory.file, ...memory.sources] : []),
    ...(tpmState === null ? [] : [tpmState]),
    ...(hardware.boot ? [hardware.boot.kernel] : []),
    ...(hardware.boot?.initrd ? [hardware.boot.initrd] : []),
  ]
  const listed = files.map((each) => each.file)
  for (const list of [used, listed]) {
    if (new Set(list).size < list.length) throw new Error('a file is named twice')
  }
  const unlisted = used.find((each) => !listed.includes(each))
  if (unlisted) throw new Error(`"${unlisted}" is used, and has no checksum`)
  const unused = listed.find((each) => !used.includes(each))
  if (unused) throw new Error(`"${unused}" belongs to nothing`)
}

/** A standard checkpoint without its memory is what its disks are: as after a power failure. */
export function withoutMemory({ kind, record }: Checkpoint): Pick<Checkpoint, 'kind' | 'record'> {
  if (kind !== 'standard') return { kind, record }
  return {
    kind: 'offline',
    record: {
      ...record,
      consistency: 'crash',
      fallbackReason: 'It was exported without its memory.',
      captureReason: null,
    },
  }
}
