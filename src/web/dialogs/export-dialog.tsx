import type { DialogProps } from './dialog.ts'

export default function ExportDialog(_props: DialogProps<'export'>) {
  return null
}
