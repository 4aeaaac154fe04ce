import type { VmView } from '../../../contract/vm.ts'
import { MIB } from '../../../core/units.ts'

const states = { off: 'Off', running: 'Running', paused: 'Paused', stuck: 'RunningCritical' } as const

/** A VM with the names of Hyper-V's properties; those of ours that it has none for come last. */
export function vmObject(vm: VmView, now: Date) {
  const isOn = vm.startedAt !== null
  return {
    Name: vm.name,
    Id: vm.id,
    State: vm.state === 'broken' ? (isOn ? 'RunningCritical' : 'OffCritical') : states[vm.state],
    Status: vm.status ?? vm.brokenReason ?? 'Operating normally',
    Uptime: timeSpan(vm.startedAt, now),
    MemoryAssigned: isOn ? vm.memoryMiB * MIB : 0,
    MemoryStartup: vm.memoryMiB * MIB,
    ProcessorCount: vm.cpus,
    Generation: vm.firmware === 'uefi' ? 2 : 1,
    Version: vm.machineType,
    CheckpointType: vm.settings.checkpointPolicy,
    AutomaticCheckpointsEnabled: vm.settings.automaticCheckpoints,
    SnapshotFileLocation: vm.settings.checkpointLocation ?? vm.folder,
    ParentCheckpointId: vm.nowParentId,
    CreationTime: vm.createdAt,
    Path: vm.folder,
    Tags: vm.tags,
    CheckpointCount: vm.checkpointCount,
  }
}
export type VmObject = ReturnType<typeof vmObject>

/** As .NET writes it: `01:02:03`, `4.01:02:03`. */
export function timeSpan(since: string | null, now: Date): string {
  const seconds = since === null ? 0 : Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1000))
  const days = Math.floor(seconds / 86_400)
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
  const time = parts.map((part) => String(part).padStart(2, '0')).join(':')
  return days === 0 ? time : `${days}.${time}`
}
