import type { DialogProps } from './dialog.ts'

export default function StopDialog(_props: DialogProps<'stop'>) {
  return null
}
