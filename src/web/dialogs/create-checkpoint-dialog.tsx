import type { DialogProps } from './dialog.ts'

export default function CreateCheckpointDialog(_props: DialogProps<'create-checkpoint'>) {
  return null
}
