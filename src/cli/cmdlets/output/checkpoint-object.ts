import type { CheckpointView } from '../../../contract/checkpoint.ts'

const types = { standard: 'Standard', production: 'Production', offline: 'Offline' } as const

/** A checkpoint likewise. `others` are the checkpoints of its VM, among which its parent is. */
export function checkpointObject(
  checkpoint: CheckpointView,
  vmName: string,
  others: readonly CheckpointView[],
) {
  const { parentId } = checkpoint
  const parent = others.find(({ id }) => id === parentId)
  return {
    VMName: vmName,
    VMId: checkpoint.vmId,
    Name: checkpoint.name,
    Id: checkpoint.id,
    SnapshotType: types[checkpoint.kind],
    CreationTime: checkpoint.createdAt,
    ParentCheckpointId: parentId,
    ParentCheckpointName: parent?.name ?? null,
    ParentSnapshotId: parentId,
    ParentSnapshotName: parent?.name ?? null,
    IsAutomaticCheckpoint: checkpoint.automatic,
    Notes: checkpoint.notes,
    MemoryStartup: checkpoint.memoryMiB * 1024 ** 2,
    ProcessorCount: checkpoint.cpus,
    Consistency: checkpoint.record.consistency,
    IsNowParent: checkpoint.isNowParent,
  }
}
export type CheckpointObject = ReturnType<typeof checkpointObject>
