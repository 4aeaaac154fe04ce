import type { DialogProps } from './dialog.ts'

export default function ImportDialog(_props: DialogProps<'import'>) {
  return null
}
