import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { VmRow } from '../../contract/vm.ts'

/** Every dialog of the console, with what it is about. */
export type DialogRequest =
  | { readonly kind: 'create-checkpoint'; readonly vms: readonly VmRow[] }
  | { readonly kind: 'apply'; readonly vm: VmRow; readonly checkpoint: CheckpointView }
  /** Of the state with this id, or the newest one. */
  | { readonly kind: 'undo'; readonly vm: VmRow; readonly stateId?: string }
  | {
      readonly kind: 'delete-checkpoint'
      readonly vm: VmRow
      readonly checkpoint: CheckpointView
      readonly subtree: boolean
    }
  | { readonly kind: 'edit-checkpoint'; readonly vm: VmRow; readonly checkpoint: CheckpointView }
  | { readonly kind: 'export'; readonly vm: VmRow; readonly checkpoint: CheckpointView }
  | { readonly kind: 'settings'; readonly vms: readonly VmRow[] }
  /** `turnOff`: what is offered first, as the user asked for it. */
  | { readonly kind: 'stop'; readonly vms: readonly VmRow[]; readonly turnOff?: boolean }
  | { readonly kind: 'rename-vm'; readonly vm: VmRow }
  | { readonly kind: 'vm-details'; readonly vm: VmRow }
  | { readonly kind: 'remove-vm'; readonly vms: readonly VmRow[] }
  | { readonly kind: 'new-vm' }
  | { readonly kind: 'import' }

export type DialogKind = DialogRequest['kind']

/** What a dialog's component is given. */
export type DialogProps<Kind extends DialogKind> = Extract<DialogRequest, { kind: Kind }> & {
  readonly onClose: () => void
}
