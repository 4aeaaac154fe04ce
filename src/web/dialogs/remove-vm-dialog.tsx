import type { DialogProps } from './dialog.ts'

export default function RemoveVmDialog(_props: DialogProps<'remove-vm'>) {
  return null
}
