import type { CheckpointView } from '../contract/checkpoint.ts'
import type { DiscardedView } from '../contract/discarded.ts'
import type { VmView } from '../contract/vm.ts'
import { allocatedBytes } from '../core/durable-file.ts'
import type { LayerId } from '../core/ids.ts'
import { chainOf } from '../disk/chain.ts'
import type { Layer } from '../disk/layer.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import { broughtBack, undoable } from '../inventory/discarded.ts'
import type { VmDocument } from '../inventory/document.ts'
import { screenSocketOf } from '../machine/screen.ts'
import { refusalOf, type VmAction, vmActions } from '../vm/power.ts'
import { type VmContext, viewVmRow } from './vm-row.ts'

export async function viewVm(document: VmDocument, context: VmContext): Promise<VmView> {
  const { id, hardware } = document
  const { machines } = context
  const power = await machines.powerStateAtOnce(id)
  const sizes = await sizesOf(Object.values<Layer>(document.layers))
  return {
    ...viewVmRow(document, power, context),
    createdAt: document.createdAt,
    memoryBacking: hardware.memoryBacking,
    firmware: hardware.firmware,
    network: hardware.network,
    tpm: hardware.tpm,
    generationDevice: hardware.generationDevice,
    generationId: document.generationId,
    lastApply: document.lastApply,
    machineType: hardware.machineType,
    settings: document.settings,
    disks: hardware.disks.map((slot) => diskView(document, slot, sizes)),
    undo: undoOf(document),
    nowParentId: document.nowParentId,
    keptMemoryBytes: sum(await Promise.all(document.keptImages.map(allocatedBytes))),
    memoryResidentPercent: machines.loads.percent(id),
    folder: machines.deps.folders.vm(id),
    consoleLog: machines.deps.folders.consoleLog(id),
    vncSocket: screenSocketOf(document),
    refusals: Object.fromEntries(
      vmActions.flatMap((action: VmAction) => {
        const reason = refusalOf(action, power)
        return reason === null ? [] : [[action, reason]]
      }),
    ),
  }
}

function undoOf(document: VmDocument): VmView['undo'] {
  const found = undoable(document)
  return (
    (found && {
      stateId: found.state.id,
      applied: found.applied,
      discardedAt: found.state.createdAt,
      expiresAt: found.expiresAt,
      consistency: found.state.record.consistency,
    }) ??
    null
  )
}

function diskView(
  document: VmDocument,
  slot: VmDocument['hardware']['disks'][number],
  sizes: Sizes,
): VmView['disks'][number] {
  const layers = Object.values<Layer>(document.layers).filter((layer) => layer.diskId === slot.id)
  const active = layers.find((layer) => layer.id === document.active[slot.id])
  return {
    id: slot.id,
    role: slot.role,
    file: active?.file ?? '',
    format: active?.format ?? 'qcow2',
    virtualSizeBytes: active?.virtualSizeBytes ?? 0,
    allocatedBytes: sum(layers.map((layer) => sizes.get(layer.id) ?? null)),
    layers: layers.length,
    linked: layers.some((layer) => layer.linked),
  }
}

/** Views of all `checkpoints`; files are looked at once however many share them. */
export async function viewCheckpoints(
  document: VmDocument,
  checkpoints: readonly Checkpoint[],
): Promise<CheckpointView[]> {
  const sizes = await sizesOf(Object.values<Layer>(document.layers))
  const byId = new Map(document.checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]))
  return checkpoints.map((checkpoint) => {
    const parent = checkpoint.parentId === null ? undefined : byId.get(checkpoint.parentId)
    return {
      id: checkpoint.id,
      vmId: document.id,
      parentId: checkpoint.parentId,
      name: checkpoint.name,
      notes: checkpoint.notes,
      kind: checkpoint.kind,
      createdAt: checkpoint.createdAt,
      isNowParent: checkpoint.id === document.nowParentId,
      memoryMiB: checkpoint.hardware.memoryMiB,
      cpus: checkpoint.hardware.cpus,
      disks: checkpoint.hardware.disks.map(({ id }) => id),
      diskBytes: sum(ownLayers(document, checkpoint, parent).map((layer) => sizes.get(layer.id) ?? null)),
      memoryBytes: checkpoint.memory?.sizeBytes ?? null,
      automatic: checkpoint.automatic,
      expiresAt: checkpoint.expiresAt,
      group: checkpoint.group,
      record: checkpoint.record,
    }
  })
}

/** What applies have discarded, oldest first. */
export async function viewDiscarded(document: VmDocument): Promise<DiscardedView[]> {
  const loading = broughtBack(document)
  const kept = document.discarded.filter((each) => each !== loading)
  const states = await viewCheckpoints(
    document,
    kept.map(({ state }) => state),
  )
  return kept.map(({ state, applied, cause, expiresAt, powerState }, index) => ({
    id: state.id,
    vmId: document.id,
    parentId: state.parentId,
    name: state.name,
    applied,
    cause,
    discardedAt: state.createdAt,
    expiresAt,
    powerState,
    consistency: state.record.consistency,
    diskBytes: states[index]?.diskBytes ?? null,
    memoryBytes: states[index]?.memoryBytes ?? null,
  }))
}

/** The layers between a checkpoint's parent and it: what changed from the one to the other. */
function ownLayers(document: VmDocument, checkpoint: Checkpoint, parent: Checkpoint | undefined): Layer[] {
  const inherited = new Set<LayerId>(Object.values<LayerId>(parent?.disks ?? {}))
  return Object.values<LayerId>(checkpoint.disks).flatMap((topId) => {
    const chain = chainOf(document.layers, topId)
    return chain.slice(chain.findLastIndex((layer) => inherited.has(layer.id)) + 1)
  })
}

type Sizes = Map<LayerId, number | null>

async function sizesOf(layers: readonly Layer[]): Promise<Sizes> {
  return new Map(
    await Promise.all(layers.map(async ({ id, file }) => [id, await allocatedBytes(file)] as const)),
  )
}

function sum(sizes: readonly (number | null)[]): number | null {
  return sizes.reduce((total, size) => (total === null || size === null ? null : total + size), 0)
}
