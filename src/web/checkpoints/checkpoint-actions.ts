import {
  IconArrowBackUp,
  IconCamera,
  IconFileExport,
  IconForms,
  IconHistory,
  IconNotes,
  IconPlayerTrackPrev,
  IconSitemap,
  IconTrash,
} from '@tabler/icons-react'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { DiscardedView } from '../../contract/discarded.ts'
import type { VmRow } from '../../contract/vm.ts'
import type { Action, ActionGroup } from '../actions/action.ts'
import { refusalOfAll, stateRefusal } from '../actions/vm-refusals.ts'
import { nowId } from '../app/main-search.ts'
import { useSelection } from '../app/selection.tsx'
import type { DialogRequest } from '../dialogs/dialog.ts'
import { useOpenDialog } from '../dialogs/dialog-host.tsx'
import { setRenamed } from './rename-state.ts'
import { type TreeData, useTreeData } from './use-tree-data.ts'

type Open = (request: DialogRequest) => void

/** Stands for `Apply…` where no checkpoint is chosen. */
export const applyOfNone: Action = {
  id: 'apply',
  label: 'Apply…',
  icon: IconHistory,
  refusal: 'Choose a checkpoint in the tree to apply it.',
  run() {},
}

/** What can be done with the checkpoint, the discarded state or Now that is chosen; null: none is. */
export function useCheckpointActions(): ActionGroup | null {
  const { vmId, checkpointId } = useSelection()
  const data = useTreeData(vmId)
  const open = useOpenDialog()
  if (!data.row || checkpointId === null) return null
  if (checkpointId === nowId) return actionsOfNow(data.row, data, open)
  const checkpoint = data.checkpoints?.find(({ id }) => id === checkpointId)
  if (checkpoint) return actionsOfCheckpoint(data.row, checkpoint, data, open)
  const discarded = data.discarded.find(({ id }) => id === checkpointId)
  return discarded ? actionsOfDiscarded(data.row, discarded, open) : null
}

/** What can be done with the state of the VM as it is, whatever is chosen in its tree. */
export function useNowActions(): ActionGroup | null {
  const { vmId } = useSelection()
  const data = useTreeData(vmId)
  const open = useOpenDialog()
  return data.row ? actionsOfNow(data.row, data, open) : null
}

function actionsOfNow(row: VmRow, { vm, checkpoints }: TreeData, open: Open): ActionGroup {
  const view = vm ?? null
  const parent = checkpoints?.find(({ isNowParent }) => isNowParent)
  const actions: Action[] = [
    {
      id: 'create',
      label: 'Checkpoint…',
      icon: IconCamera,
      refusal: refusalOfAll('checkpoint', [row], view),
      run: () => open({ kind: 'create-checkpoint', vms: [row] }),
    },
    {
      id: 'revert',
      label: 'Revert…',
      icon: IconPlayerTrackPrev,
      refusal: refusalOfAll('revert', [row], view),
      run: () => parent && open({ kind: 'apply', vm: row, checkpoint: parent }),
    },
    {
      id: 'undo',
      label: 'Undo apply…',
      icon: IconArrowBackUp,
      refusal: refusalOfAll('undo', [row], view),
      run: () => open({ kind: 'undo', vm: row }),
    },
  ]
  return { title: 'Now', actions }
}

function actionsOfCheckpoint(
  row: VmRow,
  checkpoint: CheckpointView,
  { checkpoints = [] }: TreeData,
  open: Open,
): ActionGroup {
  const about = { vm: row, checkpoint }
  const isLeaf = !checkpoints.some(({ parentId }) => parentId === checkpoint.id)
  const actions: Action[] = [
    {
      id: 'apply',
      label: 'Apply…',
      icon: IconHistory,
      hotkey: 'mod+Enter',
      refusal: stateRefusal('apply', row.state),
      run: () => open({ kind: 'apply', ...about }),
    },
    {
      id: 'rename',
      label: 'Rename',
      icon: IconForms,
      hotkey: 'F2',
      refusal: null,
      run: () => setRenamed(checkpoint.id),
    },
    {
      id: 'edit',
      label: 'Edit notes and expiry…',
      icon: IconNotes,
      refusal: null,
      run: () => open({ kind: 'edit-checkpoint', ...about }),
    },
    {
      id: 'export',
      label: 'Export…',
      icon: IconFileExport,
      refusal: null,
      run: () => open({ kind: 'export', ...about }),
    },
    {
      id: 'delete',
      label: 'Delete checkpoint…',
      icon: IconTrash,
      hotkey: 'Delete',
      isDangerous: true,
      refusal: stateRefusal('delete-checkpoint', row.state),
      run: () => open({ kind: 'delete-checkpoint', ...about, subtree: false }),
    },
    {
      id: 'delete-subtree',
      label: 'Delete checkpoint subtree…',
      icon: IconSitemap,
      hotkey: 'shift+Delete',
      isDangerous: true,
      refusal: isLeaf ? 'No checkpoint hangs below this one.' : stateRefusal('delete-checkpoint', row.state),
      run: () => open({ kind: 'delete-checkpoint', ...about, subtree: true }),
    },
  ]
  return { title: checkpoint.name, actions }
}

function actionsOfDiscarded(row: VmRow, { id, name }: DiscardedView, open: Open): ActionGroup {
  const actions: Action[] = [
    {
      id: 'undo',
      label: 'Undo apply…',
      icon: IconArrowBackUp,
      hotkey: 'mod+Enter',
      refusal: stateRefusal('apply', row.state),
      run: () => open({ kind: 'undo', vm: row, stateId: id }),
    },
  ]
  return { title: name, actions }
}
