import type { DialogProps } from './dialog.ts'

export default function EditCheckpointDialog(_props: DialogProps<'edit-checkpoint'>) {
  return null
}
