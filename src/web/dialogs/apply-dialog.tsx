import type { DialogProps } from './dialog.ts'

export default function ApplyDialog(_props: DialogProps<'apply'>) {
  return null
}
