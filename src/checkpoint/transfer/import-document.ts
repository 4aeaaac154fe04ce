import { basename } from 'node:path'
import { asId, type CheckpointId, type DiskId, type LayerId, type VmId } from '../../core/ids.ts'
import type { Layer } from '../../disk/layer.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { macAddress } from '../../machine/create-vm.ts'
import type { Machines } from '../../machine/machines.ts'
import type { Hardware } from '../../vm/config.ts'
import { checkedName } from '../../vm/name.ts'
import { defaultSettings, type Settings } from '../../vm/settings.ts'
import { viewOf } from '../new-layers.ts'
import type { Manifest } from './manifest.ts'

/** What was copied, where it lies now. */
export interface ImportedFiles {
  /** Per disk, the base first. */
  readonly disks: readonly (readonly Layer[])[]
  readonly memoryFile: string | null
  readonly memorySources: readonly string[]
  readonly tpmState: string | null
  /** Where the vTPM of Now keeps its state; null without one. */
  readonly tpmFolder: string | null
  readonly kernel: string | null
  readonly initrd: string | null
}

interface Parts {
  readonly vmId: VmId
  readonly checkpointId: CheckpointId
  readonly name: string
  readonly identity: 'new' | 'keep'
  readonly manifest: Manifest
  readonly files: ImportedFiles
}

/** A layer that Now is to write to, and what it stands on. */
interface NewLayer {
  readonly layer: Layer
  readonly parent: Layer
}

/** The record of the imported VM, and the layers that are still to be made for it. */
export function documentOf(
  machines: Machines,
  { vmId, checkpointId, name, identity, manifest, files }: Parts,
): { document: VmDocument; active: NewLayer[] } {
  const { ids, clock } = machines.deps
  const hardware = hardwareOf(manifest, files)
  const own: Hardware =
    identity === 'keep' ? hardware : { ...hardware, macAddress: macAddress(vmId), systemUuid: ids.uuid() }
  const tops = files.disks.flatMap((chain) => chain.at(-1) ?? [])
  const checkpoint: Checkpoint = {
    id: checkpointId,
    parentId: null,
    name: checkedName('checkpoint', manifest.checkpoint.name),
    notes: manifest.checkpoint.notes,
    kind: manifest.checkpoint.kind,
    createdAt: manifest.checkpoint.createdAt,
    // Memory holds the devices as they were: it can be loaded into the same ones only.
    hardware: manifest.memory ? hardware : own,
    disks: viewOf(tops),
    memory: memoryOf(manifest, files),
    tpmState: files.tpmState,
    // Somebody wanted to have it, so it stays; of its set the others are elsewhere.
    automatic: false,
    expiresAt: null,
    group: null,
    record: manifest.checkpoint.record,
  }
  const active = tops.map((parent) => ({ parent, layer: layerOver(machines, vmId, parent) }))
  const layers = [...files.disks.flat(), ...active.map(({ layer }) => layer)]
  const document: VmDocument = {
    format: 1,
    revision: 0,
    id: vmId,
    name,
    createdAt: identity === 'keep' ? manifest.vm.createdAt : clock.now().toISOString(),
    hardware: own,
    settings: settingsOf(manifest),
    tags: manifest.vm.tags,
    // The guest was put back in time, whatever its identity.
    generationId: ids.uuid(),
    tpmFolder: files.tpmFolder,
    layers: Object.fromEntries(layers.map((layer) => [layer.id, layer])),
    active: viewOf(active.map(({ layer }) => layer)),
    nowParentId: checkpoint.id,
    checkpoints: [checkpoint],
    discarded: [],
    lastApply: null,
    offConsistency: manifest.memory ? 'crash' : manifest.checkpoint.record.consistency,
    instance: null,
    retiring: [],
    keptImages: files.memorySources,
    garbage: [],
  }
  return { document, active }
}

function hardwareOf({ checkpoint }: Manifest, { kernel, initrd }: ImportedFiles): Hardware {
  const { boot, disks, ...rest } = checkpoint.hardware
  return {
    ...rest,
    boot: boot && kernel !== null ? { kernel, initrd, append: boot.append } : null,
    disks: disks.map(({ id, role }) => ({ id: asId<DiskId>(id), role })),
  }
}

function memoryOf({ memory }: Manifest, { memoryFile, memorySources }: ImportedFiles): Checkpoint['memory'] {
  if (!memory || memoryFile === null) return null
  const { sizeBytes, sha256, capture } = memory
  const sources = memorySources.map((file) => basename(file))
  return { file: memoryFile, sizeBytes, sha256, capture, sources }
}

/** Folders of the host that it came from mean nothing here. */
function settingsOf({ vm }: Manifest): Settings {
  const given = Object.fromEntries(Object.entries(vm.settings).filter(([, value]) => value !== undefined))
  return { ...defaultSettings, ...given, checkpointLocation: null }
}

function layerOver(machines: Machines, vmId: VmId, parent: Layer): Layer {
  const id = machines.deps.ids.next<LayerId>()
  const { diskId, virtualSizeBytes } = parent
  const file = machines.deps.folders.layer(vmId, diskId, id)
  return { id, diskId, file, format: 'qcow2', parentId: parent.id, virtualSizeBytes, linked: false }
}
