import type { CheckpointId, VmId } from '../core/ids.ts'
import type { DiskView, LayerMap } from '../disk/layer.ts'
import type { Hardware } from '../vm/config.ts'
import type { PowerState } from '../vm/power.ts'
import type { Settings } from '../vm/settings.ts'
import type { Checkpoint, Consistency, GuardDecision, MemoryImage } from './checkpoint.ts'

/** A QEMU process that belongs to a VM, and how to find it again. */
export interface InstanceRecord {
  /** Folder of its sockets, absolute; its path is part of the process's command line. */
  readonly runFolder: string
  readonly pid: number
  /** Start time of the process from /proc/<pid>/stat: tells it from a later one with the same pid. */
  readonly processStart: string
  readonly startedAt: string
  readonly qemuVersion: string
  /** The guest was to run and had not been told so when this was written. */
  readonly resumePending: boolean
  /** The memory image from which pages are still outstanding; null when all are there, or it was booted. */
  readonly loading: LoadingMemory | null
}

/** A memory image that a running guest still needs. */
export type LoadingMemory = Pick<MemoryImage, 'file' | 'sha256' | 'sources'>

/** What an apply discarded: a hidden branch of the tree, until it expires or the apply is undone. */
export interface DiscardedState {
  /** What the VM held, in the form of a checkpoint; its parent is the one that Now hung under. */
  readonly state: Checkpoint
  /** UTC, ISO 8601. */
  readonly expiresAt: string
  /** Name of the checkpoint that was applied. */
  readonly applied: string
  /** `undo`: it was discarded by bringing another one back; undoing again goes further back, not to it. */
  readonly cause: 'apply' | 'undo'
  readonly powerState: Exclude<PowerState, 'stuck'>
}

/** The last time that the VM was put back. */
export interface LastApply {
  readonly checkpointName: string
  /** UTC, ISO 8601. */
  readonly at: string
  readonly guards: readonly GuardDecision[]
}

/**
 * All that is known of one VM: the same document in the store and in the VM's `vm.json`. It is replaced
 * as a whole, never changed in place.
 *
 * Invariants (checked by `checkDocument`): every layer named by Now, a checkpoint or another layer
 * exists and belongs to the same disk; parents form a forest, those of layers and those of checkpoints;
 * every disk of the hardware, Now's and each checkpoint's, has a layer; no active layer has a child or is
 * named by a checkpoint; a standard checkpoint has a memory image and no other has; every image that one of them,
 * or a guest that is being loaded, is read from is a checkpoint's or kept.
 */
export interface VmDocument {
  readonly format: 1
  /** Grows with each change; tells which of two copies is the newer one. */
  readonly revision: number
  readonly id: VmId
  readonly name: string
  readonly createdAt: string
  readonly hardware: Hardware
  readonly settings: Settings
  readonly tags: readonly string[]
  /** The value of the generation device: a UUID, a new one after each apply. */
  readonly generationId: string
  /** Folder in which the vTPM keeps its state, absolute; null without a vTPM. */
  readonly tpmFolder: string | null
  readonly layers: LayerMap
  /** Per disk, the layer that Now writes to. */
  readonly active: DiskView
  /** The checkpoint that Now hangs under. */
  readonly nowParentId: CheckpointId | null
  readonly checkpoints: readonly Checkpoint[]
  /** Oldest first. */
  readonly discarded: readonly DiscardedState[]
  readonly lastApply: LastApply | null
  /** What the disks of the VM hold while it is off: how cleanly it went down. */
  readonly offConsistency: Consistency
  readonly instance: InstanceRecord | null
  /** Processes whose state was discarded; they are killed, then dropped from here. */
  readonly retiring: readonly InstanceRecord[]
  /** Memory images without a checkpoint, which hold pages of others or of a guest that is being loaded. */
  readonly keptImages: readonly string[]
  /** Files, and folders of vTPMs, that nobody refers to any more; they are unlinked, then dropped from here. */
  readonly garbage: readonly string[]
}
