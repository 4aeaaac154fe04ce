import type { DialogProps } from './dialog.ts'

export default function SettingsDialog(_props: DialogProps<'settings'>) {
  return null
}
