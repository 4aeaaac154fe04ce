import { MIB } from '../../../core/units.ts'
import { localTime, plain } from '../../format.ts'
import type { CheckpointObject } from './checkpoint-object.ts'
import type { JobObject } from './job-object.ts'
import type { VmObject } from './vm-object.ts'

export interface CommandObject {
  readonly CommandType: 'Cmdlet' | 'Alias'
  readonly Name: string
  readonly Definition: string
}

/** Whatever a cmdlet prints. */
export type Printed =
  | { readonly kind: 'vm'; readonly object: VmObject }
  | { readonly kind: 'checkpoint'; readonly object: CheckpointObject }
  | { readonly kind: 'job'; readonly object: JobObject }
  | { readonly kind: 'command'; readonly object: CommandObject }

const heads: Readonly<Record<Printed['kind'], readonly string[]>> = {
  vm: ['Name', 'State', 'MemoryAssigned(M)', 'Uptime', 'Status', 'Version'],
  checkpoint: ['VMName', 'Name', 'SnapshotType', 'CreationTime', 'ParentSnapshotName'],
  job: ['Id', 'Name', 'State', 'VMName', 'Progress', 'StatusMessage'],
  command: ['CommandType', 'Name', 'Definition'],
}

/** The columns that PowerShell shows of objects of this kind, with the line under them. */
export function headOf(kind: Printed['kind']): string[][] {
  return [[...heads[kind]], heads[kind].map((name) => '-'.repeat(name.length))]
}

export function rowOf({ kind, object }: Printed): string[] {
  switch (kind) {
    case 'vm':
      return [
        object.Name,
        object.State,
        String(object.MemoryAssigned / MIB),
        object.Uptime,
        plain(object.Status),
        object.Version,
      ]
    case 'checkpoint':
      return [
        object.VMName,
        object.Name,
        object.SnapshotType,
        localTime(object.CreationTime),
        object.ParentSnapshotName ?? '',
      ]
    case 'job':
      return [
        object.Id,
        object.Name,
        object.State,
        object.VMName ?? '',
        `${object.Progress}%`,
        plain(object.StatusMessage),
      ]
    case 'command':
      return [object.CommandType, object.Name, object.Definition]
  }
}
