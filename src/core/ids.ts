declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** 12 lower-case hexadecimal characters each: short enough for socket paths and QEMU node names. */
export type VmId = Branded<'VmId'>
export type CheckpointId = Branded<'CheckpointId'>
export type LayerId = Branded<'LayerId'>
export type TaskId = Branded<'TaskId'>
export type JournalId = Branded<'JournalId'>
export type GroupId = Branded<'GroupId'>
/** Of checkpoints of several VMs at one instant. */
export type SetId = Branded<'SetId'>
/** A disk's place in the VM: `disk0`, `disk1`…, or `uefi` for the firmware's variables. */
export type DiskId = Branded<'DiskId'>

type AnyId = VmId | CheckpointId | LayerId | TaskId | JournalId | GroupId | SetId | DiskId

/** Source of ids; the daemon passes a random one, tests may pass a counter. */
export interface IdSource {
  next<Id extends AnyId>(): Id
  /** Version 4, lower case: what the guest's firmware takes for an id. */
  uuid(): string
}

/** Takes text for an id without checking it; for text that comes from our own records. */
export function asId<Id extends AnyId>(text: string): Id {
  return text as Id // a brand exists for the compiler only
}
