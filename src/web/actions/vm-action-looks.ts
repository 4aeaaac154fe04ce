import {
  IconAdjustments,
  IconArrowBackUp,
  IconCamera,
  IconDeviceDesktop,
  IconInfoCircle,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconPlayerTrackPrev,
  IconPower,
  IconSquare,
  IconTrash,
} from '@tabler/icons-react'
import type { Action } from './action.ts'
import type { VmDeed } from './vm-refusals.ts'

type Look = Pick<Action, 'label' | 'icon' | 'hotkey' | 'isDangerous'> & { readonly id: VmDeed }

/** In the order of Hyper-V's right pane. Keys without Ctrl or Alt are those of the list. */
export const vmActionLooks: readonly Look[] = [
  { id: 'connect', label: 'Connect…', icon: IconDeviceDesktop, hotkey: 'Enter' },
  { id: 'settings', label: 'Settings…', icon: IconAdjustments },
  { id: 'start', label: 'Start', icon: IconPlayerPlay },
  { id: 'shut-down', label: 'Shut down…', icon: IconPower },
  { id: 'turn-off', label: 'Turn off…', icon: IconSquare },
  { id: 'pause', label: 'Pause', icon: IconPlayerPause },
  { id: 'resume', label: 'Resume', icon: IconPlayerSkipForward },
  { id: 'checkpoint', label: 'Checkpoint…', icon: IconCamera, hotkey: 'mod+S' },
  { id: 'revert', label: 'Revert…', icon: IconPlayerTrackPrev },
  { id: 'undo', label: 'Undo apply…', icon: IconArrowBackUp },
  { id: 'rename', label: 'Rename…', icon: IconPencil, hotkey: 'F2' },
  { id: 'details', label: 'Details and history', icon: IconInfoCircle, hotkey: 'alt+Enter' },
  { id: 'remove', label: 'Remove…', icon: IconTrash, hotkey: 'Delete', isDangerous: true },
]
