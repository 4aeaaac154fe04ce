import { removeFile } from '../../core/durable-file.ts'
import { messageOf, StillpointError } from '../../core/error.ts'
import type { CheckpointId, JournalId } from '../../core/ids.ts'
import type { Layer } from '../../disk/layer.ts'
import type { Checkpoint, CheckpointRecord, MemoryImage } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { JournalEntry } from '../../inventory/store-port.ts'
import type { Machines } from '../../machine/machines.ts'
import type { CheckpointKind } from '../../vm/config.ts'
import { afterFallback } from '../guard/decide.ts'
import { requireSpaceForCheckpoint } from '../hygiene/require-space.ts'
import { makeLayers, planLayers, removeLayers, withActive } from '../new-layers.ts'
import { sweep } from '../sweep.ts'
import { planTpmState, sealTpmState } from '../tpm-state.ts'
import type { Draft } from './draft.ts'

/**
 * The journal of a checkpoint being made:
 *
 *   plan ─ layers made and opened ─ [switching] ─ disks switched ─ … ─ checkpoint recorded, entry closed
 *
 * Before `switching` the way is back: the new layers are removed. From then on they may be in use. If
 * they are, the way is forward: Now writes to them, and what it wrote to before becomes an internal layer
 * that is merged later. A switch that nobody knows of is harmless: an empty layer over the old one reads the
 * same, so after a crash the new layers are right in either case. The checkpoint itself exists only when it was recorded.
 */
export interface CreatePlan {
  readonly kind: CheckpointKind
  readonly checkpointId: CheckpointId
  readonly layers: readonly Layer[]
  readonly memoryFile: string | null
  /** The checkpoint's copy of the vTPM's state; null without one. */
  readonly tpmState: string | null
  /** The guest ran when the work began. */
  readonly wasRunning: boolean
}

export interface Begun {
  readonly draft: Draft
  readonly journalId: JournalId
  readonly plan: CreatePlan
  mark(step: 'switching' | 'switched' | 'saved'): void
}

export interface Outcome {
  readonly kind: CheckpointKind
  readonly createdAt: Date
  readonly memory: MemoryImage | null
  readonly record: Omit<CheckpointRecord, 'policy' | 'fallbackReason' | 'qemuVersion' | 'guards'>
}

export async function beginCreate(draft: Draft, kind: CheckpointKind): Promise<Begun> {
  const { machines, vmId, checkpointId } = draft
  const { inventory, folders } = machines.deps
  const document = inventory.get(vmId)
  const layers = planLayers(machines, document, document.hardware.disks, document.active)
  const memoryFile = kind === 'standard' ? folders.memoryImage(document, checkpointId) : null
  await requireSpaceForCheckpoint(machines, vmId, { layers, memoryFile })
  const wasRunning = (await machines.powerState(vmId)) === 'running'
  const tpmState = planTpmState(machines, document, checkpointId)
  const plan: CreatePlan = { kind, checkpointId, layers, memoryFile, tpmState, wasRunning }
  const journalId = inventory.store.openJournal(vmId, 'create', plan)
  const begun: Begun = { draft, journalId, plan, mark: (step) => inventory.store.mark(journalId, step) }
  try {
    await makeLayers(machines, document, layers)
    await machines.instance(vmId)?.openLayers(layers)
    inventory.store.mark(journalId, 'layers')
    return begun
  } catch (error) {
    throw await failCreate(begun, error)
  }
}

export async function finishCreate({ draft, journalId, plan }: Begun, outcome: Outcome): Promise<Checkpoint> {
  const {
    machines,
    vmId,
    name,
    notes,
    policy,
    fallbackReason,
    automatic,
    expiresAt,
    group,
    guards,
    together,
  } = draft
  const { inventory } = machines.deps
  const document = inventory.get(vmId)
  const checkpoint: Checkpoint = {
    id: plan.checkpointId,
    parentId: document.nowParentId,
    name,
    notes,
    kind: outcome.kind,
    createdAt: (together?.instant() ?? outcome.createdAt).toISOString(),
    hardware: document.hardware,
    disks: document.active,
    memory: outcome.memory,
    tpmState: await sealTpmState(plan.tpmState),
    automatic,
    expiresAt,
    group,
    record: {
      ...outcome.record,
      policy,
      fallbackReason,
      guards: fallbackReason === null ? guards : afterFallback(guards, outcome.kind),
      qemuVersion: machines.instance(vmId)?.identity.qemuVersion ?? null,
    },
  }
  const edit = (present: VmDocument): VmDocument => ({
    ...withActive(present, plan.layers),
    nowParentId: checkpoint.id,
    checkpoints: [...present.checkpoints, checkpoint],
  })
  if (together) await together.record({ journalId, edit })
  else await inventory.change(vmId, edit, { closes: journalId })
  return checkpoint
}

/** Goes back, or forward without the checkpoint; returns the error to throw. */
export async function failCreate({ draft, journalId, plan }: Begun, error: unknown): Promise<unknown> {
  const { machines, vmId } = draft
  const { inventory, log } = machines.deps
  const entry = inventory.store.pendingJournal().find(({ id }) => id === journalId)
  if (!entry) return error // the checkpoint was recorded; the error came after that
  try {
    await recoverCreate(machines, entry, plan)
  } catch (second) {
    // The entry stays open; nothing else is done to the VM until it was brought to its end.
    machines.unsettled.set(vmId, messageOf(second))
    log.error(
      { err: second, vmId, first: messageOf(error) },
      'a checkpoint that failed could not be cleaned up',
    )
  }
  return error
}

/** Brings an unfinished checkpoint to an end, by what the disks really are. Idempotent. */
export async function recoverCreate(
  machines: Machines,
  entry: JournalEntry,
  plan: CreatePlan,
): Promise<void> {
  const { inventory } = machines.deps
  const { vmId } = entry
  const instance = await machines.living(vmId)
  const switched = instance
    ? await isSwitched(instance, plan.layers)
    : plan.kind !== 'offline' && entry.marks.some(({ step }) => step === 'switching')
  if (instance && plan.wasRunning && (await instance.powerState()) === 'paused') await instance.resume()
  if (!switched) {
    await instance?.closeLayers(plan.layers.map((layer) => layer.id))
    await removeLayers(plan.layers)
  }
  if (plan.memoryFile !== null) {
    await removeFile(plan.memoryFile)
    await removeFile(`${plan.memoryFile}.partial`)
  }
  if (plan.tpmState) await removeFile(plan.tpmState)
  if (switched) {
    requireSameBase(inventory.get(vmId), plan)
    await inventory.change(vmId, (document) => withActive(document, plan.layers), { closes: entry.id })
    await sweep(machines, vmId)
  } else {
    inventory.store.closeJournal(entry.id)
  }
}

/** The plan was made for layers that are still the ones that Now writes to. Error: `inventory_damaged`. */
function requireSameBase(document: VmDocument, { layers }: CreatePlan): void {
  const moved = layers.find((layer) => document.active[layer.diskId] !== layer.parentId)
  if (!moved) return
  throw new StillpointError(
    'inventory_damaged',
    `VM "${document.name}" has unfinished work on ${moved.diskId} that begins at layer "${moved.parentId}", but it writes to "${document.active[moved.diskId]}". Nothing was changed.`,
  )
}

async function isSwitched(
  instance: { activeLayers(): Promise<Map<string, string>> },
  layers: readonly Layer[],
): Promise<boolean> {
  const [first] = layers
  return first !== undefined && (await instance.activeLayers()).get(first.diskId) === first.id
}
