import type { DialogProps } from './dialog.ts'

export default function UndoDialog(_props: DialogProps<'undo'>) {
  return null
}
