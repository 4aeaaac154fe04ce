import { access, mkdir, rm, stat } from 'node:fs/promises'
import { asStorageError } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import { asId, type DiskId, type LayerId, type VmId } from '../core/ids.ts'
import { type Progress, partOf } from '../core/progress.ts'
import type { Layer } from '../disk/layer.ts'
import { type ImageHeader, readImageHeader } from '../disk/qcow2-header.ts'
import type { VmDocument } from '../inventory/document.ts'
import {
  type DirectBoot,
  type DiskSlot,
  type Display,
  type Firmware,
  type MemoryBacking,
  type Network,
  offersGenerationDevice,
  type Tpm,
} from '../vm/config.ts'
import { checkedName, sameName } from '../vm/name.ts'
import { defaultSettings, type Settings } from '../vm/settings.ts'
import type { Machines } from './machines.ts'

export type DiskSource =
  | {
      readonly source: 'image'
      readonly path: string
      readonly use: 'copy' | 'link'
      readonly backing: string | null
    }
  | { readonly source: 'empty'; readonly sizeBytes: number }

export interface NewVm {
  readonly name: string
  readonly memoryMiB: number
  readonly memoryBacking: MemoryBacking
  readonly cpus: number
  readonly disks: readonly DiskSource[]
  readonly firmware: Firmware
  readonly network: Network
  readonly display: Display
  readonly boot: DirectBoot | null
  readonly tpm: Tpm
  readonly tags: readonly string[]
  readonly settings: Partial<Settings>
  /** The SMBIOS UUID of the new machine. */
  readonly systemUuid: string
  /** The first value of the generation device: a UUID. */
  readonly generationId: string
  /** The template of the firmware's variables; needed for UEFI. */
  readonly uefiVariables: string | null
}

/** Refuses, before anything is made, what cannot become a VM. Errors: `invalid_name`, `name_taken`, those of the images. */
export async function checkNewVm(machines: Machines, request: NewVm): Promise<void> {
  const name = checkedName('VM', request.name)
  requireFreeName(machines, name)
  for (const file of [request.boot?.kernel, request.boot?.initrd]) {
    if (file)
      await access(file).catch(() =>
        Promise.reject(new StillpointError('invalid_request', `"${file}" cannot be read.`)),
      )
  }
  const links = new Map<string, string>()
  for (const disk of request.disks) {
    if (disk.source !== 'image') continue
    await checkImage(machines, disk)
    if (disk.use === 'link') await requireNamedOnce(links, disk.path)
  }
}

/** Two disks over one image would write into each other. */
async function requireNamedOnce(links: Map<string, string>, path: string): Promise<void> {
  const { dev, ino } = await stat(path)
  const other = links.get(`${dev}:${ino}`)
  if (other !== undefined) {
    throw new StillpointError(
      'image_in_use',
      `Disk images "${other}" and "${path}" are the same file; copy one of them instead.`,
    )
  }
  links.set(`${dev}:${ino}`, path)
}

export function requireFreeName(machines: Machines, name: string, except?: VmId): void {
  const taken = machines.deps.inventory
    .all()
    .find((document) => sameName(document.name, name) && document.id !== except)
  if (taken) throw new StillpointError('name_taken', `There is a VM named "${taken.name}" already.`)
}

/** The turn in which new VMs are recorded. */
const creation = asId<VmId>('creation')

/** Makes the VM's folder and disks, then the record. On any error nothing is left. Call `checkNewVm` first. */
export async function createVm(
  machines: Machines,
  request: NewVm,
  progress: Progress,
  signal: AbortSignal,
): Promise<VmDocument> {
  const { inventory, folders, hypervisor, ids, clock } = machines.deps
  const id = ids.next<VmId>()
  const slots: DiskSlot[] = request.disks.map((_, index) => ({
    id: asId<DiskId>(`disk${index}`),
    role: 'data',
  }))
  if (request.firmware === 'uefi') slots.push({ id: asId<DiskId>('uefi'), role: 'uefi-vars' })
  const sources: DiskSource[] = [...request.disks]
  if (request.uefiVariables !== null) {
    sources.push({ source: 'image', path: request.uefiVariables, use: 'copy', backing: null })
  }
  try {
    for (const folder of [folders.layers(id), folders.memory(id), folders.run(id)]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
    const layers: Layer[] = []
    for (const [index, slot] of slots.entries()) {
      const source = sources[index]
      if (!source) throw new StillpointError('internal', `Disk "${slot.id}" has no source.`)
      const part = partOf(progress, (95 * index) / slots.length, (95 * (index + 1)) / slots.length)
      layers.push(await makeBase(machines, id, slot.id, source, part, signal))
    }
    const document: VmDocument = {
      format: 1,
      revision: 0,
      id,
      name: checkedName('VM', request.name),
      createdAt: clock.now().toISOString(),
      hardware: {
        machineType: hypervisor.machineType,
        cpuModel: hypervisor.cpuModel,
        cpus: request.cpus,
        memoryMiB: request.memoryMiB,
        memoryBacking: request.memoryBacking,
        firmware: request.firmware,
        network: request.network,
        macAddress: macAddress(id),
        display: request.display,
        tpm: request.tpm,
        generationDevice: offersGenerationDevice(hypervisor.machineType),
        systemUuid: request.systemUuid,
        boot: request.boot,
        disks: slots,
      },
      settings: { ...defaultSettings, ...request.settings },
      tags: request.tags,
      generationId: request.generationId,
      tpmFolder: null,
      layers: Object.fromEntries(layers.map((layer) => [layer.id, layer])),
      active: Object.fromEntries(layers.map((layer) => [layer.diskId, layer.id])),
      nowParentId: null,
      checkpoints: [],
      discarded: [],
      lastApply: null,
      // Nobody knows how a disk went down that came from elsewhere.
      offConsistency: request.disks.some(({ source }) => source === 'image') ? 'crash' : 'file-system',
      instance: null,
      retiring: [],
      keptImages: [],
      garbage: [],
    }
    // Two that are created at once could both have found the same image unused.
    return await machines.locks.run(creation, signal, async () => {
      await requireLinksUnshared(machines, request.disks)
      return await inventory.add(document)
    })
  } catch (error) {
    if (inventory.has(id)) throw error
    await rm(folders.vm(id), { recursive: true, force: true })
    throw asStorageError(error, `The folder of VM "${request.name}" cannot be made`)
  }
}

/** Locally administered, in QEMU's own range; the VM's id makes it unique on this host. */
function macAddress(id: VmId): string {
  return `52:54:00:${id.slice(0, 2)}:${id.slice(2, 4)}:${id.slice(4, 6)}`
}

async function makeBase(
  machines: Machines,
  vmId: VmId,
  diskId: DiskId,
  source: DiskSource,
  progress: Progress,
  signal: AbortSignal,
): Promise<Layer> {
  const { folders, images, ids } = machines.deps
  const id = ids.next<LayerId>()
  const own = {
    id,
    diskId,
    file: folders.layer(vmId, diskId, id),
    format: 'qcow2',
    parentId: null,
    linked: false,
  } as const
  if (source.source === 'empty') {
    const layer = { ...own, virtualSizeBytes: Math.ceil(source.sizeBytes / 512) * 512 }
    await images.create(layer, null)
    return layer
  }
  const header = await readImageHeader(source.path)
  if (source.use === 'link') {
    return {
      ...own,
      file: source.path,
      format: header.format,
      virtualSizeBytes: virtualSize(header),
      linked: true,
    }
  }
  const backing =
    source.backing === null
      ? null
      : { path: source.backing, format: (await readImageHeader(source.backing)).format }
  await images.copy({ path: source.path, format: header.format, backing }, own.file, progress, signal)
  return { ...own, virtualSizeBytes: virtualSize(await readImageHeader(own.file)) }
}

const virtualSize = (header: ImageHeader) =>
  header.format === 'raw' ? header.fileBytes : header.virtualSizeBytes

async function checkImage(machines: Machines, disk: DiskSource & { source: 'image' }): Promise<void> {
  const header = await readImageHeader(disk.path)
  if (header.format === 'qcow2') {
    refuseForeignFiles(disk, header)
    await machines.deps.images.check(disk.path, 'qcow2')
  } else if (disk.backing !== null) {
    throw new StillpointError('invalid_request', `Disk image "${disk.path}" is raw; it has no backing file.`)
  } else if (header.fileBytes % 512 !== 0) {
    throw new StillpointError(
      'image_invalid',
      `Raw disk image "${disk.path}" has ${header.fileBytes} bytes, which is not a number of 512-byte sectors; is it a disk image?`,
    )
  }
  if (disk.backing !== null) {
    const backing = await readImageHeader(disk.backing)
    if (backing.format === 'qcow2')
      refuseForeignFiles({ ...disk, path: disk.backing, backing: null }, backing)
  }
  if (disk.use === 'link') await requireUnshared(machines, disk.path)
}

/** A header can name any file of the host as its data: only what the user named may be read. */
function refuseForeignFiles(
  disk: DiskSource & { source: 'image' },
  header: ImageHeader & { format: 'qcow2' },
): void {
  const { path, backing, use } = disk
  const refuse = (what: string, remedy: string) => {
    throw new StillpointError(
      'image_refers_elsewhere',
      `Disk image "${path}" ${what}, which was not named. ${remedy}`,
      { details: { path } },
    )
  }
  if (header.encrypted)
    throw new StillpointError('image_invalid', `Disk image "${path}" is encrypted, which is not supported.`)
  if (header.externalData)
    refuse('keeps its data in another file', 'Convert it first: qemu-img convert -O qcow2.')
  if (header.backingFile === null && backing !== null) {
    throw new StillpointError(
      'invalid_request',
      `Disk image "${path}" has no backing file, so "${backing}" is not needed.`,
    )
  }
  if (header.backingFile !== null && use === 'link') {
    refuse(
      `has the backing file "${header.backingFile}"`,
      'Such an image can only be copied, with its backing file named.',
    )
  }
  if (header.backingFile !== null && backing === null) {
    refuse(
      `has the backing file "${header.backingFile}"`,
      `If you trust it, name it: ${path},copy,backing=FILE.`,
    )
  }
}

async function requireLinksUnshared(machines: Machines, disks: readonly DiskSource[]): Promise<void> {
  for (const disk of disks) {
    if (disk.source === 'image' && disk.use === 'link') await requireUnshared(machines, disk.path)
  }
}

async function requireUnshared(machines: Machines, path: string): Promise<void> {
  const wanted = await stat(path)
  for (const document of machines.deps.inventory.all()) {
    for (const layer of Object.values<Layer>(document.layers)) {
      const found = await stat(layer.file).catch(() => null)
      if (found && found.dev === wanted.dev && found.ino === wanted.ino) {
        throw new StillpointError(
          'image_in_use',
          `Disk image "${path}" belongs to VM "${document.name}" already; copy it instead.`,
        )
      }
    }
  }
}
