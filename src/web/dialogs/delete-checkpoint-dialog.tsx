import type { DialogProps } from './dialog.ts'

export default function DeleteCheckpointDialog(_props: DialogProps<'delete-checkpoint'>) {
  return null
}
