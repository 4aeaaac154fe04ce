import { access, mkdir, rm } from 'node:fs/promises'
import { asStorageError } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import { asId, type DiskId, type LayerId, type VmId } from '../core/ids.ts'
import { type Progress, partOf } from '../core/progress.ts'
import type { Layer } from '../disk/layer.ts'
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
import { checkedName } from '../vm/name.ts'
import { defaultSettings, type Settings } from '../vm/settings.ts'
import { checkSources, creation, type DiskSource, makeBase, requireLinksUnshared } from './disk-source.ts'
import { leaveLocationOf, makeLocationOf } from './location.ts'
import type { Machines } from './machines.ts'

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
  await checkSources(machines, request.disks)
}

export function requireFreeName(machines: Machines, name: string, except?: VmId): void {
  const taken = machines.deps.inventory.named(name)
  if (taken && taken.id !== except)
    throw new StillpointError('name_taken', `There is a VM named "${taken.name}" already.`)
}

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
  const tpmFolder = request.tpm === 'none' ? null : folders.newTpm(id, ids.next())
  try {
    const needed = [
      folders.layers(id),
      folders.memory(id),
      folders.run(id),
      ...(tpmFolder ? [tpmFolder] : []),
    ]
    for (const folder of needed) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
    await makeLocationOf(machines, { id, name: request.name }, request.settings.checkpointLocation ?? null)
    const layers: Layer[] = []
    for (const [index, slot] of slots.entries()) {
      const source = sources[index]
      if (!source) throw new StillpointError('internal', `Disk "${slot.id}" has no source.`)
      const part = partOf(progress, (95 * index) / slots.length, (95 * (index + 1)) / slots.length)
      const layerId = ids.next<LayerId>()
      layers.push(await makeBase(machines, { vmId: id, diskId: slot.id, layerId }, source, part, signal))
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
      tpmFolder,
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
    await leaveLocationOf(machines, id, request.settings.checkpointLocation ?? null)
    throw asStorageError(error, `The folder of VM "${request.name}" cannot be made`)
  }
}

/** Locally administered, in QEMU's own range; the VM's id makes it unique on this host. */
export function macAddress(id: VmId): string {
  return `52:54:00:${id.slice(0, 2)}:${id.slice(2, 4)}:${id.slice(4, 6)}`
}
