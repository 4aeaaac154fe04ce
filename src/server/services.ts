import type {
  ApplyCheckpoint,
  ChangeCheckpoint,
  CheckpointView,
  CreateCheckpoint,
} from '../contract/checkpoint.ts'
import type { DiscardedView, UndoApply } from '../contract/discarded.ts'
import type { Findings, RepairRequest } from '../contract/doctor.ts'
import type {
  ApplyGroup,
  CreateGroup,
  CreateGroupCheckpoint,
  GroupCheckpointView,
  GroupView,
  UpdateGroup,
} from '../contract/group.ts'
import type { GuardsView } from '../contract/guard.ts'
import type { GuestHooks } from '../contract/hooks.ts'
import type { LayerView } from '../contract/layer.ts'
import type { ReportView, StorageHistory, StorageView } from '../contract/storage.ts'
import type { Health, RebuildResult } from '../contract/system.ts'
import type { ExportCheckpoint, ImportVm } from '../contract/transfer.ts'
import type { VmUsage } from '../contract/usage.ts'
import type { CreateVm, NewDisk, UpdateVm, VmRow, VmView } from '../contract/vm.ts'
import type { ChangeVms, ChangeVmsResult, VmSettings } from '../contract/vm-settings.ts'
import type { EventBus } from '../core/event-bus.ts'
import type { Log } from '../core/log.ts'
import type { Task, TaskRunner } from '../task/task.ts'
import type { Selection } from '../vm/select.ts'

/**
 * What the routes translate to and from HTTP. `vm` and `checkpoint` are names (without regard to case)
 * or ids. Whatever takes long returns its task at once; bad input is refused before a task exists.
 */
export interface Services {
  readonly tasks: TaskRunner
  readonly events: EventBus
  readonly log: Log
  health(): Health

  listVms(): Promise<VmView[]>
  showVm(vm: string): Promise<VmView>
  /** As the list of a console shows them, without a look at their files. */
  listVmRows(): Promise<VmRow[]>
  showVmRow(vm: string): Promise<VmRow>
  /** Of the VMs with these ids, those that run. */
  usage(vmIds: readonly string[]): VmUsage[]
  /** The Unix socket on which the running VM shows its display, as RFB. */
  screenSocket(vm: string): string
  /** The display as it is now, as a PNG file; no wider than `widthPx`. */
  screenshot(vm: string, options: { widthPx: number | null }): Promise<Buffer>
  createVm(request: CreateVm): Task
  updateVm(vm: string, request: UpdateVm): Promise<VmView>
  /** All that are selected or none; in force on return. */
  changeVms(request: ChangeVms): Promise<ChangeVmsResult>
  /** What is set for them, without a look at their files. */
  showSettings(select: Selection): VmSettings[]
  startVm(vm: string): Task
  stopVm(vm: string, options: { force: boolean; timeoutMs: number }): Task
  pauseVm(vm: string): Task
  resumeVm(vm: string): Task
  importVm(request: ImportVm): Task
  /** Asks the agent of the running guest. */
  showHooks(vm: string): Promise<GuestHooks>
  installHooks(vm: string): Task
  removeHooks(vm: string): Task
  removeVm(vm: string, options: { confirm: boolean }): Task

  /** Result: a `Vm`. */
  addDisk(vm: string, disk: NewDisk): Task
  removeDisk(vm: string, disk: string, options: { confirm: boolean }): Task
  growDisk(vm: string, disk: string, options: { sizeBytes: number }): Task
  /** The image files of its backing chains. */
  listLayers(vm: string): Promise<LayerView[]>
  /** Asks the guest what it is, if its VM is not busy, and shows what that means for checkpoints. */
  showGuards(vm: string): Promise<GuardsView>

  listCheckpoints(vm: string): Promise<CheckpointView[]>
  showCheckpoint(vm: string, checkpoint: string): Promise<CheckpointView>
  exportCheckpoint(vm: string, checkpoint: string, request: ExportCheckpoint): Task
  createCheckpoint(vm: string, request: CreateCheckpoint): Task
  updateCheckpoint(vm: string, checkpoint: string, change: ChangeCheckpoint): Promise<CheckpointView>
  applyCheckpoint(vm: string, checkpoint: string, options: ApplyCheckpoint): Task
  revertVm(vm: string, options: ApplyCheckpoint): Task
  /** What applies have discarded and can be brought back, oldest first. */
  listDiscarded(vm: string): Promise<DiscardedView[]>
  /** Brings back the newest, or the one with this id. */
  undoApply(vm: string, options: UndoApply): Task
  /** Frees one discarded state, or all of them. */
  forgetDiscarded(vm: string, stateId: string | null): Task
  deleteCheckpoint(vm: string, checkpoint: string, options: { subtree: boolean }): Task
  /** Goes on with merges that wait; null when none does. */
  mergeVm(vm: string): Task | null

  listGroups(): Promise<GroupView[]>
  showGroup(group: string): Promise<GroupView>
  createGroup(request: CreateGroup): Promise<GroupView>
  updateGroup(group: string, change: UpdateGroup): Promise<GroupView>
  /** The group alone: its checkpoints stay with their VMs. */
  deleteGroup(group: string): Promise<void>
  listGroupCheckpoints(group: string): Promise<GroupCheckpointView[]>
  showGroupCheckpoint(group: string, checkpoint: string): Promise<GroupCheckpointView>
  createGroupCheckpoint(group: string, request: CreateGroupCheckpoint): Task
  applyGroup(group: string, checkpoint: string, options: ApplyGroup): Task
  deleteGroupCheckpoint(group: string, checkpoint: string): Task

  /** What volumes, VMs and checkpoints occupy, and when volumes are full. */
  storage(): Promise<StorageView>
  /** What was used of each volume in the last days. */
  storageHistory(days: number): StorageHistory
  /** VMs with forgotten checkpoints. */
  report(limits: { olderThanDays: number; moreThan: number }): Promise<ReportView>

  /** What is wrong with a VM; null: with all, and beside them. Changes nothing. */
  examine(vm: string | null): Promise<Findings>
  /** Repairs what can be repaired, after a copy of the metadata. */
  repair(request: RepairRequest): Task

  /** Reads the VMs' folders and replaces the store by what they say. Refused while a task runs. */
  rebuildInventory(): Promise<RebuildResult>
}
