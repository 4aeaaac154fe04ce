import type { DialogProps } from './dialog.ts'

export default function NewVmDialog(_props: DialogProps<'new-vm'>) {
  return null
}
